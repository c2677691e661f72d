import { join } from 'node:path'
import ts from 'typescript'

const SOURCE = join(import.meta.dirname, '../../../packages/core/src/events.ts')

const INTRODUCTION = `# Events

Written by \`pnpm events\` from the types of \`packages/core/src/events.ts\`.

\`onEvent\` of a client is told what happens inside it, at once and one event after another; it cannot change a call, and
what it throws is dropped. Every field is chosen by name: no event holds a token, a client ID, a header, a body or a query.
\`createConsoleReporter\` prints them, \`toLogger\` gives them to a logger, and an [audit log](audit.md) keeps those that say who
called what; \`combineObservers\` makes one observer of several.

The last event of a call is \`request.completed\`, \`request.failed\` or \`request.suspended\`, and there is one for each call, also for
one that is refused before anything is sent. \`callId\` joins the events of a call: its question and answer are
\`approval.started\` and \`approval.settled\`. A call that is carried on later, in this or another process, keeps it. Mistakes of the
program (\`ConfigError\`) are thrown and are no event.

Clients of one process for the same agent share its token. What becomes of a request for it (\`token.requested\`,
\`token.acquired\`, \`token.failed\`, \`token.dropped\`, and its warnings) is told to the client whose call began the request,
and to no other; its \`instrumentation\` runs the step.
`

interface Field {
  readonly name: string
  readonly type: string
  readonly isOptional: boolean
  readonly about: string
}

/** The text of docs/events.md. */
export function eventPage(): string {
  const program = ts.createProgram([SOURCE], {
    ...{ strict: true, noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true },
    ...{ module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ESNext, types: [] },
  })
  const checker = program.getTypeChecker()
  const named = typesOf(program, checker)
  const common = fieldsOf(checker, named('EventOrigin'))
  const ofAll = new Set(common.map(({ name }) => name))
  const event = named('AuthSecEvent')
  const members = event.isUnion() ? event.types : [event]
  const sections = members.flatMap((member) => section(checker, member, ofAll))
  const approval = table(fieldsOf(checker, named('ApprovalDetails')))
  const ends = ['## `approval` of a call', '', ...approval]
  return [INTRODUCTION, '## Every event', '', ...table(common), ...sections, ...ends].join('\n')
}

function typesOf(program: ts.Program, checker: ts.TypeChecker): (name: string) => ts.Type {
  const file = program.getSourceFile(SOURCE)
  const module = file && checker.getSymbolAtLocation(file)
  const exported = module ? checker.getExportsOfModule(module) : []
  return (wanted) => {
    const symbol = exported.find(({ name }) => name === wanted)
    if (!symbol) throw new Error(`events.ts exports no type ${wanted}.`)
    return checker.getDeclaredTypeOfSymbol(symbol)
  }
}

function section(checker: ts.TypeChecker, type: ts.Type, ofAll: ReadonlySet<string>): string[] {
  const fields = fieldsOf(checker, type).filter(({ name }) => !ofAll.has(name))
  const [kind, ...rest] = [
    ...fields.filter(({ name }) => name === 'type'),
    ...fields.filter(({ name }) => name !== 'type'),
  ]
  const about = kind?.about === '' ? [] : [kind?.about ?? '', '']
  return [`## \`${kind?.type.replaceAll("'", '')}\``, '', ...about, ...table(rest)]
}

function fieldsOf(checker: ts.TypeChecker, type: ts.Type): Field[] {
  return checker.getPropertiesOfType(type).map((symbol) => {
    const isOptional = (symbol.flags & ts.SymbolFlags.Optional) !== 0
    const declared = checker.getTypeOfSymbol(symbol)
    const shown = isOptional ? checker.getNonNullableType(declared) : declared
    const text = textOf(checker, shown)
    const about = ts.displayPartsToString(symbol.getDocumentationComment(checker))
    return { name: symbol.name, type: text, isOptional, about: about.replace(/\s+/g, ' ') }
  })
}

/** Texts that a field may have are listed, whatever their type is called. */
function textOf(checker: ts.TypeChecker, type: ts.Type): string {
  const parts = type.isUnion() ? type.types : [type]
  const values = parts.flatMap((part) => (part.isStringLiteral() ? [`'${part.value}'`] : []))
  if (values.length === parts.length) return values.join(' | ')
  return checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation)
}

function table(fields: readonly Field[]): string[] {
  const rows = fields.map(({ name, type, isOptional, about }) => {
    const shown = `\`${type.replaceAll('|', '\\|')}\`${isOptional ? ', optional' : ''}`
    return `| \`${name}\` | ${shown} | ${about.replaceAll('|', '\\|')} |`
  })
  return ['| Field | Type | Means |', '| --- | --- | --- |', ...rows, '']
}
