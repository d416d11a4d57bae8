// Times are shown in the zone of this machine, or in UTC.
import { preference } from './preference';

export type Zone = 'local' | 'utc';

const isZone = (text: string): text is Zone => text === 'local' || text === 'utc';

export const zonePreference = preference<Zone>('zone', isZone, 'local');
