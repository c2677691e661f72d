import { useEffect, useState } from 'react'

/** The number of the last change, as the server tells it to every tab. */
export function useVersion(): { version: number | undefined; isLost: boolean } {
  const [version, setVersion] = useState<number>()
  const [isLost, setIsLost] = useState(false)
  useEffect(() => {
    const events = new EventSource('/api/events')
    events.addEventListener('version', ({ data }) => {
      setIsLost(false)
      setVersion(Number(data))
    })
    // Otherwise the browser connects again by itself.
    events.addEventListener('error', () => setIsLost(events.readyState === EventSource.CLOSED))
    return () => events.close()
  }, [])
  return { version, isLost }
}
