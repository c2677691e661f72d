/**
 * Control, format and private characters, those that turn the direction of a text among them (UAX 9). The two
 * joiners stay: emoji and several scripts are written with them.
 */
const INVISIBLE = /[^\P{C}\n\t\u200c\u200d]/gu

/** A text as the page shows it: a reader sees that a character is there, and it does not act on its neighbours. */
export function shownText(text: string): string {
  return text.replaceAll(INVISIBLE, (character) => {
    const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
    return `[U+${hex}]`
  })
}
