// The YAML files of a Profiles project, read so that each value knows its place: file, line, column, and the path to it.

import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'

import { WrongUsage } from '../failure.js'

/** What is not translated, and the value that is to blame. */
export class Untranslated extends Error {
  constructor(
    readonly at: Value,
    what: string,
  ) {
    super(what)
  }
}

/** A value of a file, or the absence of one; then its place is that of what it is missing from. */
export class Value {
  private constructor(
    private readonly file: string,
    private readonly lines: LineCounter,
    private readonly node: Node | undefined,
    private readonly offset: number,
    /** The path to it, such as `var_groups[0].vars[3].entity_var.select`. */
    readonly path: string,
    /** It as a plain value; `undefined` when it is absent. */
    readonly plain: unknown,
  ) {}

  /** The whole of a file. */
  static read(text: string, file: string): Value {
    const lines = new LineCounter()
    const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false })
    const [error] = document.errors
    if (error) {
      const { line, col } = lines.linePos(error.pos[0])
      throw new WrongUsage(`${file}:${line}:${col}: is no YAML: ${error.message}`)
    }
    // The library bounds how often aliases repeat, and throws when they do too often.
    const plain = document.toJS() as unknown
    return new Value(file, lines, document.contents ?? undefined, 0, '', plain)
  }

  /** `profiles.yaml:12:9` */
  get place(): string {
    const { line, col } = this.lines.linePos(this.offset)
    return `${this.file}:${line}:${col}`
  }

  get isAbsent(): boolean {
    return this.plain === undefined || this.plain === null
  }

  /** The text of it; a number and a truth as they are written. */
  get text(): string | undefined {
    return ['string', 'number', 'boolean'].includes(typeof this.plain) ? String(this.plain) : undefined
  }

  /** A member of a map. */
  get(name: string): Value {
    const pair = isMap(this.node)
      ? this.node.items.find(({ key }) => isScalar(key) && String(key.value) === name)
      : undefined
    const plain = isTable(this.plain) && Object.hasOwn(this.plain, name) ? this.plain[name] : undefined
    return this.child(pair?.value, this.path === '' ? name : `${this.path}.${name}`, plain)
  }

  /** The members of a map, by name. */
  members(): [string, Value][] {
    return isTable(this.plain) ? Object.keys(this.plain).map((name) => [name, this.get(name)]) : []
  }

  /** The items of a list; none, where there is none. */
  items(): Value[] {
    const nodes = isSeq(this.node) ? this.node.items : []
    return Array.isArray(this.plain)
      ? this.plain.map((plain, index) => this.child(nodes[index], `${this.path}[${index}]`, plain))
      : []
  }

  private child(value: unknown, path: string, plain: unknown): Value {
    let node = isNode(value) ? value : undefined
    const offset = node?.range?.[0] ?? this.offset
    // What an alias stands for is found by its plain value; the place is where the alias is.
    if (isAlias(node)) node = undefined
    return new Value(this.file, this.lines, node, offset, path, plain)
  }
}

const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
