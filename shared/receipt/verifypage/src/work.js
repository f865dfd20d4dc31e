// States why a file has nothing to judge, by a key of words. The outcome is 'ambiguous',
// 'no-receipt' or 'refused', or undefined if something else stands in the way.
export class Unreadable extends Error {
  constructor(reason, name = '', outcome = 'no-receipt') {
    super(reason);
    Object.assign(this, { reason, name, outcome });
  }
}

// The bounds depend on the size of a file: steps for each byte, and a constant.
const stepsPerByte = 8;
const freeSteps = 16 << 20;
export const stepsPerPart = 4 << 10; // of a line, or an entry of a ZIP, however short it is
export const stepsPerRoot = 512 << 10; // of a root certificate: its signature is checked

// Counts the bytes that are read or made, and stops the reading when they are far more than
// the file has.
export class Work {
  constructor(size) {
    this.done = 0;
    this.most = freeSteps + stepsPerByte * size;
  }

  get left() {
    return this.most - this.done;
  }

  do(bytes) {
    this.done += bytes;
    if (this.done > this.most) throw new Unreadable('work');
  }
}

const pause = 40; // milliseconds of work between two pauses

// Pauses now and then, so that the page can draw and its reader can act.
export class Breath {
  constructor() {
    this.last = performance.now();
  }

  get due() {
    return performance.now() - this.last > pause;
  }

  async take() {
    await new Promise((resume) => setTimeout(resume));
    this.last = performance.now();
  }
}
