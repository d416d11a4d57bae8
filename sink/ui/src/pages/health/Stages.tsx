// The stages, one a row, with all their figures.
import { Sparkline } from '../../parts/Sparkline';
import { type Column, Table } from '../../parts/Table';
import type { Pipeline, Stage } from './queries';
import { StateMark } from './StateMark';
import { behind, lastHour, many, perSecond, titleOf, took } from './words';

const COLUMNS: Column<Stage>[] = [
  {
    id: 'name',
    head: 'Stage',
    names: true,
    cell: (it) => (
      <>
        <span className="health-name">{titleOf(it.name)}</span>
        <div className="sub">{it.about}</div>
      </>
    ),
  },
  { id: 'state', head: 'State', width: '110px', cell: (it) => <StateMark state={it.state} /> },
  {
    id: 'rate',
    head: 'Records a second',
    width: '190px',
    align: 'right',
    cell: (it) => (
      <div className="health-rate">
        {perSecond(it.rate)}
        <Sparkline values={lastHour(it)} label={`Records a second of ${titleOf(it.name)}, last hour`} />
      </div>
    ),
  },
  { id: 'p50', head: 'p50', width: '80px', align: 'right', cell: (it) => took(it.p50_seconds) },
  { id: 'p95', head: 'p95', width: '80px', align: 'right', cell: (it) => took(it.p95_seconds) },
  {
    id: 'lag',
    head: 'Behind',
    width: '120px',
    align: 'right',
    cell: (it) =>
      it.lag_seconds === null && it.lag_records === null ? (
        <span className="muted">–</span>
      ) : (
        <>
          {behind(it.lag_seconds)}
          {it.lag_records === null ? null : <div className="sub">{many(it.lag_records)} waiting</div>}
        </>
      ),
  },
  {
    id: 'errors',
    head: 'Errors, 5 min',
    width: '140px',
    align: 'right',
    cell: (it) => (
      <>
        <span className={it.errors_recent > 0 ? 'health-bad' : undefined}>{many(it.errors_recent)}</span>
        <div className="sub">{many(it.errors_total)} since the start</div>
      </>
    ),
  },
];

export function Stages({ pipeline }: { pipeline: Pipeline }) {
  return <Table caption="Stages" columns={COLUMNS} rows={pipeline.stages} rowKey={(it) => it.name} />;
}
