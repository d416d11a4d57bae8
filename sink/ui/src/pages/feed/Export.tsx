// Writes what the filter lets through to a file.
import { Menu } from '../../parts/Menu';
import type { Filter } from '../../parts/filter';

const FORMATS = [
  ['csv', 'CSV, for spreadsheets'],
  ['ndjson', 'NDJSON, each event whole'],
] as const;

/** The browser saves it: nothing of it is held in the page. */
function save(filter: Filter, format: string) {
  const asked = filter.parameters();
  asked.set('format', format);
  const link = document.createElement('a');
  link.href = `/api/v1/events/export?${asked.toString()}`;
  link.download = `nightlatch-events.${format}`;
  document.body.append(link);
  link.click();
  link.remove();
}

export function Export({ filter }: { filter: Filter }) {
  return (
    <span data-export>
      <Menu
        label="Export"
        face="Export"
        items={FORMATS.map(([format, label]) => ({ label, onChoose: () => save(filter, format) }))}
      />
    </span>
  );
}
