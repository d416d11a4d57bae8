// What rules must not fire on, who answers for it, and until when.
import { useMutation } from '@tanstack/react-query';

import { type Schemas, answered, api } from '../../api/client';
import type { ApiProblem } from '../../api/problem';
import { Chip } from '../../parts/Chip';
import { type Column, Table } from '../../parts/Table';
import { Time } from '../../parts/Time';
import { useToast } from '../../parts/Toasts';
import { seen, useSettled } from './change';
import type { Policy, PolicySummary } from './queries';

type Exception = Schemas['ExceptionDocument'];

interface ExceptionsTableProps {
  policy: Pick<PolicySummary, 'id' | 'revision' | 'read_only'>;
  exceptions: readonly Exception[];
}

export function ExceptionsTable({ policy, exceptions }: ExceptionsTableProps) {
  const settled = useSettled();
  const toast = useToast();
  const takeOut = useMutation<Policy, ApiProblem, string>({
    mutationFn: (name) => {
      const params = { path: { id: policy.id, name }, header: { 'If-Match': seen(policy) } };
      return answered(api.DELETE('/api/v1/policies/{id}/exceptions/{name}', { params }));
    },
    onSuccess: async (changed, name) => {
      await settled(changed);
      toast(`${name} is taken out.`);
    },
    onError: (problem) => toast(problem.message, 'high'),
  });
  const columns: Column<Exception>[] = [
    {
      id: 'name',
      head: 'Exception',
      names: true,
      cell: (it) => (
        <>
          <span className="foreign policies-strong">{it.name}</span>
          <div className="sub foreign">{it.rule}</div>
        </>
      ),
    },
    { id: 'what', head: 'Not when', cell: (it) => <code className="foreign">{condition(it)}</code> },
    {
      id: 'why',
      head: 'Why',
      cell: (it) => (
        <>
          <span className="foreign">{it.reason}</span>
          <div className="sub foreign">{it.owner}</div>
        </>
      ),
    },
    {
      id: 'until',
      head: 'Until',
      cell: (it) => (it.state === 'expired' ? <Chip tone="medium">Expired</Chip> : <Time value={it.expires} none="for good" />),
    },
    {
      id: 'out',
      head: 'Change',
      cell: (it) => (
        <button
          type="button"
          className="button"
          data-size="small"
          disabled={policy.read_only || takeOut.isPending}
          aria-label={`Take out ${it.name}`}
          onClick={() => takeOut.mutate(it.name)}
        >
          Take out
        </button>
      ),
    },
  ];
  return <Table caption="Exceptions" columns={columns} rows={exceptions} rowKey={(it) => it.name} />;
}

/** The rows of an exception as a condition. */
function condition({ fields, comps, values }: Exception): string {
  const part = (row: unknown[]) =>
    fields.map((field, at) => `${field} ${comps?.[at] ?? '='} ${JSON.stringify(row[at] ?? null)}`).join(' and ');
  return values.map((row) => part(row as unknown[])).join('\nor ');
}
