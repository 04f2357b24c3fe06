/** Every limit on TUF metadata, in one place. Bytes unless the name says otherwise. */
export const limits = {
  /** TUF 5.3.3: cap of a root whose length nothing signed tells. */
  rootBytes: 512_000,
  /** TUF 5.4.1 */
  timestampBytes: 16_384,
  /** TUF 5.5.1; the signed length, where there is one, is the tighter cap. */
  snapshotBytes: 2_000_000,
  /** TUF 5.6.1; likewise. */
  targetsBytes: 5_000_000,
  /** TUF 5.3.2: how many roots one refresh walks at most. */
  rootRotations: 256,
  /** TUF 5.6.7: how many delegated roles one look-up visits at most. */
  delegatedRoles: 64,
  /** Signatures in one document. */
  signatures: 64,
  /** Keys in one root or delegation. */
  keys: 256,
  /** Roles in one delegation that is not succinct. */
  delegations: 16_384,
  /** Patterns or prefixes of one delegated role. */
  patterns: 16_384,
  /** TAP 15: bits of a succinct delegation. */
  succinctBits: 32,
  /** Characters of a role name, target path or pattern. */
  nameLength: 1024,
  /** Characters of a public key as it stands in metadata. */
  publicKeyLength: 8192,
} as const;
