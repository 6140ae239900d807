import { connectionFaults } from './connectionFaults.ts';
import type { FaultRecord } from './faultRecord.ts';
import { frameFaults } from './frameFaults.ts';
import { levelFaults } from './levelFaults.ts';
import { marketFaults } from './marketFaults.ts';
import { requestFaults } from './requestFaults.ts';
import { valueFaults } from './valueFaults.ts';

export const faultRecords: readonly FaultRecord[] = [
  ...frameFaults,
  ...levelFaults,
  ...valueFaults,
  ...connectionFaults,
  ...requestFaults,
  ...marketFaults,
];
