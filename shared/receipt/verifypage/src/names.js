// Says ids in a person's words: the controller's, from the catalogue that the
// receipt names by its digest, or else from the records in the receipt itself.
// What neither knows is said by its id.
export class Names {
  constructor(words, tree, catalogue) {
    this.words = words;
    this.catalogue = catalogue;
    this.records = tree.records.filter((r) => !('...' in r));
    this.language = catalogue ? (catalogue.languages.includes(words.language) ? words.language : catalogue.languages[0]) : this.records[0]?.language;
    this.purposes = new Map(this.records.flatMap((r) => r.purposes.map((p) => [p.purpose, p])));
    this.parties = new Map(this.records.flatMap((r) => r.party_identification.map((p) => [p.party_id, p])));
    this.known = catalogue !== undefined || this.records.length > 0;
  }

  text(texts) {
    return texts?.[this.language] ?? Object.values(texts ?? {})[0];
  }

  purpose(id) {
    return this.text(this.catalogue?.purposes[id]?.text)?.title ?? this.purposes.get(id)?.title ?? id;
  }

  description(id) {
    return this.text(this.catalogue?.purposes[id]?.text)?.description ?? this.purposes.get(id)?.description;
  }

  party(id) {
    return this.catalogue?.parties[id]?.name ?? this.parties.get(id)?.party_name ?? id;
  }

  controller() {
    const id = this.catalogue?.controller ?? [...this.parties.values()].find((p) => p.party_role === 'controller')?.party_id;
    return id && this.party(id);
  }

  data(ids = []) {
    const labels = new Map([...this.purposes.values()].flatMap((p) => p.pii_information.map((d) => [d.pii_attribute_id, d.label])));
    return ids.map((id) => this.text(this.catalogue?.data[id]?.label) ?? labels.get(id) ?? id);
  }

  resources(list = []) {
    return list.map((r) => `${r.type} ${r.label ?? r.id}`);
  }

  access({ lookback, every }) {
    const { words } = this;
    const often = every ? words.say('access.every', { period: words.period(every) }) : words.say('access.one-time');
    return `${words.say('access.lookback', { period: words.period(lookback) })}; ${often}`;
  }

  delta(d) {
    const until = d.until ? [this.words.say('until', { moment: this.words.until(new Date(d.until)) })] : [];
    return [...this.data(d.data), ...this.resources(d.resources), ...until];
  }

  // How to end a consent: {url, alternative}, if anything here says it.
  withdrawal() {
    const w = this.catalogue?.withdrawal;
    if (w) return { url: w.url, alternative: this.text(w.alternative) };
    return this.records.flatMap((r) => r.purposes.map((p) => p.withdrawal_method)).find(Boolean);
  }
}
