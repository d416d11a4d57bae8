// A table of rows: a real <table>, also where only the rows in view are drawn.
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import {
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  useEffect,
  useEffectEvent,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';

export interface Column<T> {
  id: string;
  /** The head; it labels the cell on small screens, too. */
  head: string;
  cell: (row: T) => ReactNode;
  align?: 'right';
  /** The cell that names the row: on small screens it stands on top. */
  names?: boolean;
  width?: string;
  /** What rows are ordered by when the head is pressed. */
  order?: (a: T, b: T) => number;
}

interface TableProps<T> {
  /** What the table is of, for those who do not see it. */
  caption: string;
  columns: Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
  /** What a click on a row does; a link or button in it goes first. Give a link as well. */
  onOpen?: (row: T) => void;
  isSelected?: (row: T) => boolean;
  /** Draws only the rows in view: the height of a row in pixels. */
  virtual?: number;
  /** Of a virtual table: called when its end comes into view. */
  onEnd?: () => void;
  /** Of a virtual table: the place of a row that is brought into view. */
  follow?: number | undefined;
}

interface Order {
  column: string;
  descending: boolean;
}

export function Table<T>(props: TableProps<T>) {
  const { caption, columns, rows } = props;
  const [order, setOrder] = useState<Order>();
  const by = columns.find((column) => column.id === order?.column)?.order;
  const sign = order?.descending ? -1 : 1;
  const shown = by ? [...rows].sort((a, b) => sign * by(a, b)) : rows;
  return (
    <div className="table-frame">
      <table className="table" data-stacks role="table">
        <caption className="visually-hidden">{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <Head key={column.id} column={column} order={order} onOrder={setOrder} />
            ))}
          </tr>
        </thead>
        {props.virtual === undefined ? (
          <tbody role="rowgroup">
            {shown.map((row) => (
              <Row key={props.rowKey(row)} row={row} table={props} />
            ))}
          </tbody>
        ) : (
          <RowsInView table={props} rows={shown} height={props.virtual} />
        )}
      </table>
    </div>
  );
}

function Head<T>({
  column,
  order,
  onOrder,
}: {
  column: Column<T>;
  order: Order | undefined;
  onOrder: (order: Order) => void;
}) {
  const isOrder = order?.column === column.id;
  const sort = isOrder ? (order.descending ? 'descending' : 'ascending') : undefined;
  return (
    <th scope="col" role="columnheader" data-align={column.align} aria-sort={sort} style={{ width: column.width }}>
      {column.order ? (
        <button
          type="button"
          onClick={() => onOrder({ column: column.id, descending: isOrder && !order.descending })}
        >
          {column.head}
        </button>
      ) : (
        column.head
      )}
    </th>
  );
}

interface RowProps<T> {
  row: T;
  table: TableProps<T>;
  /** Of a virtual table: its place, and what takes its height. */
  place?: number;
  measure?: (element: HTMLTableRowElement | null) => void;
}

function Row<T>({ row, table, place, measure }: RowProps<T>) {
  const { columns, onOpen, isSelected } = table;
  const open = (event: MouseEvent | KeyboardEvent) => {
    const inner = event.target instanceof Element && event.target.closest('a, button, input, label, dialog, [role=menu]');
    const isMarking = (window.getSelection()?.toString() ?? '') !== '';
    if (!inner && !isMarking) {
      onOpen?.(row);
    }
  };
  return (
    <tr
      ref={measure}
      role="row"
      data-index={place}
      data-link={onOpen ? '' : undefined}
      data-selected={isSelected?.(row) ? '' : undefined}
      onClick={open}
    >
      {columns.map((column) => (
        <td
          key={column.id}
          role="cell"
          data-label={column.head}
          data-align={column.align}
          data-head={column.names ? '' : undefined}
        >
          <div>{column.cell(row)}</div>
        </td>
      ))}
    </tr>
  );
}

/** The rows in view, between two rows that are as high as those left out. */
function RowsInView<T>({ table, rows, height }: { table: TableProps<T>; rows: readonly T[]; height: number }) {
  const body = useRef<HTMLTableSectionElement>(null);
  const [top, setTop] = useState(0);
  // What stands above the table comes and goes.
  useLayoutEffect(() => {
    const place = body.current?.getBoundingClientRect();
    setTop(Math.round((place?.top ?? 0) + window.scrollY));
  });
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => height,
    overscan: 12,
    scrollMargin: top,
    // Below the bar.
    scrollPaddingStart: 60,
    scrollPaddingEnd: 60,
    getItemKey: (index) => {
      const row = rows[index];
      return row === undefined ? index : table.rowKey(row);
    },
  });
  const inView = virtualizer.getVirtualItems();
  const { follow } = table;
  const end = useEffectEvent(() => table.onEnd?.());
  const isNearEnd = (inView.at(-1)?.index ?? 0) >= rows.length - 1;
  useEffect(() => {
    if (isNearEnd) {
      end();
    }
  }, [isNearEnd, rows.length]);
  useEffect(() => {
    if (follow !== undefined && follow >= 0) {
      virtualizer.scrollToIndex(follow, { align: 'auto' });
    }
  }, [follow, virtualizer]);
  const before = (inView[0]?.start ?? top) - top;
  const after = virtualizer.getTotalSize() - ((inView.at(-1)?.end ?? top) - top);
  return (
    <tbody role="rowgroup" ref={body}>
      <Spacer height={before} columns={table.columns.length} />
      {inView.map((item) => {
        const row = rows[item.index];
        return row === undefined ? null : (
          <Row key={item.key} row={row} table={table} place={item.index} measure={virtualizer.measureElement} />
        );
      })}
      <Spacer height={after} columns={table.columns.length} />
    </tbody>
  );
}

function Spacer({ height, columns }: { height: number; columns: number }) {
  return height > 0 ? (
    <tr className="spacer" aria-hidden="true">
      <td colSpan={columns} style={{ height }} />
    </tr>
  ) : null;
}
