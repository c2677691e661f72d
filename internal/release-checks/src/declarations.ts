import ts from 'typescript'

export interface Declaration {
  readonly name: string
  readonly text: string
}

/** What one entry point gives to its users, read from its published declarations. */
export interface EntryApi {
  /** Names that exist when the program runs: functions, classes and constants. */
  readonly values: readonly string[]
  readonly exported: readonly Declaration[]
  /** Declarations that exports mention, but that cannot be imported by name. */
  readonly mentioned: readonly Declaration[]
}

const LINE_WIDTH = 100
const printer = ts.createPrinter({ removeComments: true })

/** Reads the declarations of an entry point. Other packages need not be installed: what comes from them is named, not shown. */
export function readEntryApi(typesFile: string): EntryApi {
  const program = ts.createProgram([typesFile], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    skipLibCheck: true,
    types: [],
  })
  const checker = program.getTypeChecker()
  const file = program.getSourceFile(typesFile)
  const module = file && checker.getSymbolAtLocation(file)
  if (!module) throw new Error(`${typesFile} is not a module.`)

  const exports = checker.getExportsOfModule(module).map((symbol) => ({
    name: symbol.name,
    target: targetOf(symbol, checker),
    isType: symbol.declarations?.some(ts.isTypeOnlyImportOrExportDeclaration) === true,
  }))
  const seen = new Set(exports.map(({ target }) => target))
  const mentioned = [...seen].flatMap((symbol) => mentionedBy(symbol, seen, checker))
  return {
    values: exports
      .filter(({ target, isType }) => target.flags & ts.SymbolFlags.Value && !isType)
      .map(({ name }) => name)
      .sort(),
    exported: exports.map(({ name, target, isType }) => declaration(target, name, isType)),
    mentioned: mentioned.map((symbol) => declaration(symbol, symbol.name)),
  }
}

function targetOf(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol {
  if (!(symbol.flags & ts.SymbolFlags.Alias)) return symbol
  const target = checker.getAliasedSymbol(symbol)
  return target.declarations ? target : symbol
}

/** Follows names from declaration to declaration within the package; adds what it finds to `seen`. */
function mentionedBy(
  start: ts.Symbol,
  seen: Set<ts.Symbol>,
  checker: ts.TypeChecker,
): readonly ts.Symbol[] {
  const found: ts.Symbol[] = []
  const visit = (node: ts.Node): void => {
    const symbol = ts.isIdentifier(node) ? checker.getSymbolAtLocation(node) : undefined
    const target = symbol && targetOf(symbol, checker)
    if (target && !seen.has(target) && target.declarations?.some(isTopLevel)) {
      seen.add(target)
      found.push(target, ...mentionedBy(target, seen, checker))
    }
    ts.forEachChild(node, visit)
  }
  for (const declaration of start.declarations ?? []) visit(declaration)
  return found
}

/** Declared by this package itself: neither a member or parameter, nor a name of another library. */
function isTopLevel(declaration: ts.Declaration): boolean {
  const file = declaration.getSourceFile()
  if (file.hasNoDefaultLib || /[\\/]node_modules[\\/]/.test(file.fileName)) return false
  return statementOf(declaration).parent === file
}

function statementOf(declaration: ts.Declaration): ts.Node {
  return ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration
}

function declaration(symbol: ts.Symbol, name: string, isType = false): Declaration {
  const texts = (symbol.declarations ?? []).map((node) =>
    ts.isExportSpecifier(node) || ts.isImportSpecifier(node)
      ? `export { ${name} } from elsewhere`
      : printer.printNode(ts.EmitHint.Unspecified, statementOf(node), node.getSourceFile()),
  )
  const notes = [
    ...(isType && symbol.flags & ts.SymbolFlags.Value ? ['\n// as a type only'] : []),
    ...(name === symbol.name ? [] : [`\n// as ${name}`]),
  ]
  const text = texts.join('\n').replaceAll(/^(export )?(declare )?/gm, '') + notes.join('')
  return { name, text: compact(text.replaceAll('} | {', '}\n  | {')) }
}

/** Puts every innermost block that fits on one line on one line. */
function compact(text: string): string {
  return text.replaceAll(/^(.*)\{\n([^{}]*)\n *\}(.*)$/gm, (block, before, members, after) => {
    const line = `${before}{ ${members.trim().replaceAll(/\n */g, ' ')} }${after}`
    return line.length <= LINE_WIDTH ? line : block
  })
}
