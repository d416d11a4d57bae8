// What pages must not do, found by looking at their source. Run by `npm run check`.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { argv, exit } from 'node:process';

const FORBIDDEN = [
  [/dangerouslySetInnerHTML|\.(inner|outer)HTML\b|insertAdjacentHTML|document\.write/, 'text becomes markup'],
  [/\beval\(|new Function\(/, 'text becomes code'],
  [/createElement\(['"`](style|script)/, 'the content security policy lets no inline style or script in'],
];
const source = argv[2] ?? 'src';

const found = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name))
  .flatMap((name) => {
    const lines = readFileSync(join(source, name), 'utf8').split('\n');
    return lines.flatMap((line, at) =>
      FORBIDDEN.filter(([pattern]) => pattern.test(line)).map(([, why]) => `${source}/${name}:${at + 1}: ${why}`),
    );
  });
if (found.length > 0) {
  console.error(found.join('\n'));
  exit(1);
}
