// A unified diff, line by line; what a line does is said by its sign, not by colour alone.

const KINDS: Record<string, string> = { '+': 'added', '-': 'removed', '@': 'place' };

export function Diff({ text, label }: { text: string; label: string }) {
  if (text === '') {
    return <p className="muted">Nothing differs.</p>;
  }
  // The first two lines name the versions, which stand beside it.
  const lines = text.replace(/\n$/, '').split('\n').filter((line, at) => !(at < 2 && /^(---|\+\+\+) /.test(line)));
  return (
    <pre className="policies-diff foreign" aria-label={label} role="region" tabIndex={0}>
      {lines.map((line, at) => (
        <span key={at} data-kind={KINDS[line.charAt(0)]}>
          {`${line}\n`}
        </span>
      ))}
    </pre>
  );
}
