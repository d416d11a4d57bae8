// Items of a file of rules: each begins with a dash at the start of a line.

/** A top-level item and the comment right above it. */
interface Item {
  kind: string;
  name: string;
  text: string;
}

const HEAD = /^- *(\w+): *(.*)$/;

/** Splits a file into its items. */
export function items(text: string): Item[] {
  const found: Item[] = [];
  let above: string[] = [];
  for (const line of text.split('\n')) {
    const [, kind, written] = HEAD.exec(line) ?? [];
    const last = found.at(-1);
    if (kind !== undefined) {
      found.push({ kind, name: unquoted(written ?? ''), text: [...above, line, ''].join('\n') });
      above = [];
    } else if (/^\S/.test(line)) {
      above = line.startsWith('#') ? [...above, line] : [];
    } else if (line.trim() === '') {
      above = [];
    } else if (last) {
      last.text += `${line}\n`;
    }
  }
  return found;
}

/** The lines that a rule is written with; all of the file where they cannot be told. */
export function ruleText(text: string, rule: string): string {
  const found = items(text).filter((item) => item.kind === 'rule' && item.name === rule);
  return found.length === 0 ? text : found.map((item) => item.text).join('\n');
}

/** The names that a file gives to items of a kind. */
export function names(text: string, kind: string): string[] {
  return items(text).flatMap((item) => (item.kind === kind ? [item.name] : []));
}

function unquoted(text: string): string {
  const bare = text.replace(/ +#.*$/, '').trim();
  if (bare.startsWith('"')) {
    try {
      return String(JSON.parse(bare));
    } catch {
      return bare;
    }
  }
  return /^'(.*)'$/.exec(bare)?.[1]?.replaceAll("''", "'") ?? bare;
}
