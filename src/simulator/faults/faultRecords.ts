import { connectionFaults } from './connectionFaults.ts';
import type { FaultRecord } from './faultRecord.ts';
import { frameFaults } from './frameFaults.ts';
import { marketFaults } from './marketFaults.ts';
import { requestFaults } from './requestFaults.ts';

export const faultRecords: readonly FaultRecord[] = [
  ...frameFaults,
  ...connectionFaults,
  ...requestFaults,
  ...marketFaults,
];
