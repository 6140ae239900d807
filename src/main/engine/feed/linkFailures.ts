import type { LinkFailure } from '../ports/linkFailure.ts';

const foreign: ReadonlySet<LinkFailure> = new Set([
  'certificateExpired',
  'certificateUntrusted',
  'certificateOfAnother',
  'tls',
  'hijacked',
]);

/** Whoever answered could not prove to be the venue: nothing of it is used, and it is asked rarely. */
export function isForeign(failure: LinkFailure): boolean {
  return foreign.has(failure);
}

/** What is wrong and what to do about it. */
const explanations: Readonly<Record<LinkFailure, (venue: string) => string>> = {
  nameNotFound: (venue) =>
    `The address of ${venue} was not found: check the internet connection and its name server (DNS).`,
  nameUnanswered: (venue) =>
    `The name server (DNS) did not say where ${venue} is: check the internet connection.`,
  nothingThere: (venue) =>
    `Nothing answers at the address of ${venue}: check firewall and proxy, or wait if the venue is down.`,
  noRoute: (venue) => `There is no way to ${venue}: check the network connection of this computer.`,
  timeout: (venue) => `${venue} did not answer in time: check the network connection.`,
  certificateExpired: (venue) =>
    `The certificate of ${venue} is not valid today: check date and time of this computer.`,
  certificateUntrusted: (venue) =>
    `The certificate shown for ${venue} is not trusted, something on this network reads along: ask whoever runs it, or use another network.`,
  certificateOfAnother: (venue) =>
    `A server with the certificate of another name answers for ${venue}: check the name server (DNS), or use another network.`,
  tls: (venue) =>
    `No secure connection to ${venue} comes about: look for a proxy or virus scanner on this network, or use another one.`,
  hijacked: (venue) =>
    `This network answers in place of ${venue}: open a browser and sign in to the network.`,
};

export function explainFailure(failure: LinkFailure, venue: string): string {
  const next = isForeign(failure) ? 'Tried again by itself, rarely' : 'Reconnecting by itself';
  return `${explanations[failure](venue)} ${next}.`;
}
