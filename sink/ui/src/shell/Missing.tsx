// Where there is no page, and where one broke.
import { Link, useRouteError } from 'react-router';

import { Empty, ErrorNotice } from '../parts/Notice';
import { Page } from '../parts/Page';

export function Missing() {
  return (
    <Page title="No such page">
      <Empty title="There is nothing at this address">
        It may have been typed wrongly, or what it showed is gone. <Link to="/">Go to the start</Link>.
      </Empty>
    </Page>
  );
}

export function Broken() {
  const error = useRouteError();
  return (
    <Page title="This page broke">
      <ErrorNotice error={error} retry={() => window.location.reload()} />
    </Page>
  );
}
