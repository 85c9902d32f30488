// One piece of work at a time, and then the newest that was asked for; what it overtook is not done.

export class Latest {
  constructor(work) {
    this.work = work;
    this.next = null;
    this.busy = false;
  }

  want(...wanted) {
    this.next = wanted;
    if (!this.busy) this.#go();
  }

  forget() {
    this.next = null;
  }

  async #go() {
    this.busy = true;
    try {
      while (this.next) {
        const wanted = this.next;
        this.next = null;
        await this.work(...wanted);
      }
    } finally {
      this.busy = false;
    }
  }
}
