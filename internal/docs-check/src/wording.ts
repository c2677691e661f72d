/** Words of the old dialect. They were replaced by the field's terms and do not come back. */
const IDENTIFIERS = [
  ...['isWeather', 'runRound', 'attemptsOfRound', 'giveBack', 'hastyClock', 'setStage'],
  ...['createWorld', 'finalWords', 'otherWords', 'asksByItself', 'askForToolCall', 'asksApproval'],
  ...['maxResultBytes', 'missingScope', 'GivenApproval', 'withFate', 'ConnectionFate', 'pullToken'],
  ...['boundOf', 'reasonOf', 'PlanMade', 'describeBadWeather', 'lazyParts', 'bad-weather'],
  ...['stranded'],
]

const PHRASES = [
  ...['bad weather', 'A framework more', 'is run by itself', "nobody's dialect"],
  ...['breaks each once', 'Is it ours', 'have ways round', 'are not worn down'],
  ...[
    'Makes sure of a token',
    'without a yes',
    'No secret belongs into',
    'Public servers up to now',
  ],
  ...['something that is no', 'At most so many', 'at least so long', 'by no text'],
  ...['holds the floors', 'a yes it needs'],
]

/** The old words in a text, each once. */
export function oldWords(text: string): string[] {
  const identifiers = IDENTIFIERS.filter((word) => new RegExp(`\\b${word}\\b`).test(text))
  const phrases = PHRASES.filter((phrase) => new RegExp(`\\b${phrase}\\b`, 'i').test(text))
  return [...identifiers, ...phrases]
}

/** Also a list, and a citation that a comment breaks over two lines. A status code after a comma is no section. */
const CITATION = /\bcontract\s+(?:\*\s+)?(\d+(?:\.\d+)?(?:(?:,| and)\s+(?:\*\s+)?\d+\.\d+)*)/g

/** The sections that comments and documents cite as "contract 1.3" or "contract 3.2, 3.3". */
export function citations(text: string): string[] {
  return [...text.matchAll(CITATION)].flatMap(([, list = '']) => list.match(/\d+(?:\.\d+)?/g) ?? [])
}

/** The numbers of the sections of a document with numbered headings. */
export function sectionNumbers(headings: readonly string[]): Set<string> {
  return new Set(headings.map((heading) => /^\d+(?:\.\d+)*/.exec(heading)?.[0] ?? ''))
}
