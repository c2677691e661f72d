/** The model's arguments. A text that is no JSON is left as it is: the call says that it does not fit. */
export function argumentsOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
