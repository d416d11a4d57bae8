// Parts of a page of which one is shown: links, so that each has an address of its own.
import { NavLink } from 'react-router';

export function Tabs({ label, tabs }: { label: string; tabs: { name: string; to: string }[] }) {
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <NavLink key={tab.to} to={tab.to} end>
          {tab.name}
        </NavLink>
      ))}
    </nav>
  );
}
