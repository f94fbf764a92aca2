/** The run has ended, or somebody else goes on with it: nothing was done. */
export class RunGone extends Error {
  override name = 'RunGone';

  constructor() {
    super('the run was ended, or is carried on by another worker');
  }
}
