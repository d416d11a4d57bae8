// How rules look where they are read and written: the colours of the pages, in both themes.
import { HighlightStyle } from '@codemirror/language';
import { Decoration, EditorView, MatchDecorator, ViewPlugin, type DecorationSet, type ViewUpdate } from '@codemirror/view';
import { tags } from '@lezer/highlight';

export const style = HighlightStyle.define([
  { tag: [tags.definition(tags.propertyName), tags.propertyName], color: 'var(--accent)', fontWeight: '600' },
  { tag: tags.comment, color: 'var(--muted)', fontStyle: 'italic' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--good)' },
  { tag: [tags.separator, tags.punctuation, tags.squareBracket, tags.brace], color: 'var(--muted)' },
  { tag: [tags.attributeValue, tags.content], color: 'var(--text)' },
]);

// Fields, and the words between them.
const WORDS = /(?<![\w.])(?:(okta|json|jevt|evt|ka)\.[A-Za-z.]+[A-Za-z]|(and|or|not|in|intersects|exists|glob|iglob|i?contains|startswith|endswith|regex|pmatch|anyof|allof|oneof)(?=[\s(]))/g;
const field = Decoration.mark({ class: 'cm-okta-field' });
const word = Decoration.mark({ class: 'cm-okta-word' });

/** The line is prose or a name, whose words mean nothing. */
const PROSE = /^\s*(?:#|-?\s*(?:rule|macro|list|desc|description|name|test|tags|references)\s*:)/;

const matcher = new MatchDecorator({
  regexp: WORDS,
  decorate(add, from, to, match, view) {
    const line = view.state.doc.lineAt(from).text;
    if (match[1] !== undefined) {
      add(from, to, field);
    } else if (!PROSE.test(line) && isCondition(view, from)) {
      add(from, to, word);
    }
  },
});

/** Whether the key that a place belongs to is a condition. */
function isCondition(view: EditorView, at: number): boolean {
  return keyAt(view.state.doc, at)?.key === 'condition';
}

const KEY = /^(\s*(?:-\s+)?)([A-Za-z_]+):(?=\s|$)/;
/** So many lines are looked through for the key that a line belongs to. */
const FAR = 60;

interface Lines {
  lineAt: (at: number) => { number: number; text: string; from: number };
  line: (number: number) => { text: string };
}

/** The key of the mapping that a place is in the value of, and whether the place is still the key's own. */
export function keyAt(doc: Lines, at: number): { key: string; isValue: boolean } | undefined {
  const { number, from } = doc.lineAt(at);
  for (let line = number; line > Math.max(0, number - FAR); line -= 1) {
    const found = KEY.exec(doc.line(line).text);
    if (found) {
      return { key: found[2] ?? '', isValue: line !== number || at - from > found[0].length };
    }
  }
  return undefined;
}

export const ruleWords = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;

    constructor(view: EditorView) {
      this.decorations = matcher.createDeco(view);
    }

    update(update: ViewUpdate) {
      this.decorations = matcher.updateDeco(update, this.decorations);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

// Pictures of the lint package are data: addresses, which the policy of the page forbids.
const MARK = { backgroundImage: 'none', paddingBottom: '1px', textDecorationLine: 'underline', textDecorationStyle: 'wavy' };

export const theme = EditorView.theme({
  '&': { color: 'var(--text)', backgroundColor: 'var(--surface)', fontSize: '13px', height: '100%', maxHeight: 'var(--code-most, none)' },
  '&.cm-focused': { outline: 'none' },
  // Over the gutter, too.
  '&.cm-focused::after': {
    content: '""',
    position: 'absolute',
    inset: '0',
    zIndex: '250',
    border: '2px solid var(--focus)',
    pointerEvents: 'none',
  },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55' },
  '.cm-content': { caretColor: 'var(--text)', padding: '8px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': { backgroundColor: 'var(--surface)', color: 'var(--muted)', border: '0' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--hover) 60%, transparent)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--selected)',
  },
  '.cm-content ::selection': { backgroundColor: 'transparent' },
  '.cm-selectionMatch': { backgroundColor: 'var(--calm-bg)' },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--selected)', color: 'inherit' },
  '.cm-okta-field, .cm-okta-field span': { color: 'var(--text)', fontWeight: '560' },
  '.cm-okta-word, .cm-okta-word span': { color: 'var(--medium)', fontWeight: '600' },
  '.cm-foldPlaceholder': { backgroundColor: 'var(--calm-bg)', border: '0', color: 'var(--calm)' },
  '.cm-lintRange-error': { ...MARK, textDecorationColor: 'var(--high-fill)' },
  '.cm-lintRange-warning': { ...MARK, textDecorationColor: 'var(--medium-fill)' },
  '.cm-lintRange-info, .cm-lintRange-hint': { ...MARK, textDecorationColor: 'var(--info-fill)' },
  '.cm-tooltip': { backgroundColor: 'var(--raised)', border: '1px solid var(--line-strong)', borderRadius: '6px', color: 'var(--text)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', fontSize: '12.5px', maxHeight: '16em' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 8px' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--accent-fill)', color: 'var(--on-accent)' },
  '.cm-completionDetail': { color: 'var(--muted)', fontStyle: 'normal' },
  'li[aria-selected] .cm-completionDetail': { color: 'inherit' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700' },
  '.cm-completionInfo': { maxWidth: '340px', padding: '8px 10px', fontFamily: 'var(--font)', fontSize: '12.5px', whiteSpace: 'pre-line' },
  '.cm-diagnostic': { borderLeftWidth: '3px', padding: '6px 10px', whiteSpace: 'pre-line', maxWidth: '460px' },
  '.cm-panels': { backgroundColor: 'var(--raised)', color: 'var(--text)' },
  '.cm-panels.cm-panels-top': { borderBottom: '1px solid var(--line)' },
  '.cm-textfield': { backgroundColor: 'var(--surface)', border: '1px solid var(--line-strong)', color: 'var(--text)' },
  '.cm-button': { backgroundImage: 'none', backgroundColor: 'var(--surface)', border: '1px solid var(--line-strong)' },
  '.cm-searchMatch': { backgroundColor: 'var(--low-bg)' },
});
