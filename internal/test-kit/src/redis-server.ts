import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Whether suites are skipped, for there is no server. With REDIS_SERVER=required, as in CI, that is an error. */
export function lacksRedis(): boolean {
  if (spawnSync('redis-server', ['--version']).status === 0) return false
  const { REDIS_SERVER } = process.env
  if (REDIS_SERVER === 'required') throw new Error('There is no redis-server on the PATH.')
  console.log(
    'skipped: there is no redis-server on the PATH (Debian: apt-get install redis-server)',
  )
  return true
}

export interface RedisServer extends AsyncDisposable {
  readonly port: number
  readonly url: string
  /** Ends it as a crash does. */
  kill(): Promise<void>
  /** Starts it anew on the same port, without what it knew. */
  restart(): Promise<void>
}

/** A server that keeps nothing on the disk, on a free port. */
export async function startRedis(...options: readonly string[]): Promise<RedisServer> {
  const directory = mkdtempSync(join(tmpdir(), 'authsec-redis-'))
  const port = await freePort()
  let server = await start(port, directory, options)
  const kill = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return
    const end = once(server, 'exit')
    server.kill('SIGKILL')
    await end
  }
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    kill,
    async restart() {
      server = await start(port, directory, options)
    },
    async [Symbol.asyncDispose]() {
      await kill()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

async function start(
  port: number,
  directory: string,
  options: readonly string[],
): Promise<ChildProcess> {
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const more = ['--dir', directory, '--enable-debug-command', 'local', ...options]
  const server = spawn('redis-server', [...args, ...more])
  server.stdout.setEncoding('utf8')
  for await (const text of server.stdout) {
    if (String(text).includes('Ready to accept')) break
  }
  // What it logs later must not fill its pipe.
  server.stdout.resume()
  if (server.exitCode !== null) throw new Error('redis-server did not start.')
  return server
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (typeof address !== 'object' || address === null) throw new Error('There is no free port.')
  return address.port
}
