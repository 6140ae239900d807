/** The profile could not be read or written; `message` is for a person. */
export class StorageError extends Error {
  override readonly name: string = 'StorageError';

  constructor(message: string, cause: unknown) {
    super(message, { cause });
  }
}

/** Another desktop or gateway has the profile open. */
export class ProfileInUseError extends StorageError {
  override readonly name = 'ProfileInUseError';

  constructor(profile: string) {
    super(
      `Another Truetape uses the profile ${profile}. Close it, or start this one with --profile OTHER.`,
      null,
    );
  }
}
