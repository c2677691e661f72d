/** Letters that a reader does not see, or that change the order of what is read: controls, formats, fillers, selectors. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800]/gu

/** Foreign text on one line, with every invisible letter written as an escape such as `\u{202e}`. */
export function plainLine(text: string): string {
  return text
    .replace(/[\s\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(INVISIBLE, (letter) => `\\u{${letter.codePointAt(0)?.toString(16)}}`)
    .trim()
}

export function withoutInvisible(text: string): string {
  return text.replace(INVISIBLE, '')
}

/** The text, cut to a maximum number of characters with an ellipsis at its end. */
export function cutTo(text: string, length: number): string {
  const characters = [...text]
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`
}
