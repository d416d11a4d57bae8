// Writes what the filter lets through to a file.
import { Menu } from './Menu';
import type { Filter } from './filter';

const FORMATS = [
  ['csv', 'CSV, for spreadsheets'],
  ['ndjson', 'NDJSON, each event whole'],
] as const;

interface ExportProps {
  filter: Filter;
  /** Of the API. */
  address: string;
  /** Of the file, without its ending. */
  file: string;
}

/** The browser saves it: nothing of it is held in the page. */
function save({ filter, address, file }: ExportProps, format: string) {
  const asked = filter.parameters();
  asked.set('format', format);
  const link = document.createElement('a');
  link.href = `${address}?${asked.toString()}`;
  link.download = `${file}.${format}`;
  document.body.append(link);
  link.click();
  link.remove();
}

export function Export(props: ExportProps) {
  return (
    <span data-export>
      <Menu
        label="Export"
        face="Export"
        items={FORMATS.map(([format, label]) => ({ label, onChoose: () => save(props, format) }))}
      />
    </span>
  );
}
