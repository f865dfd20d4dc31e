import { link, quoted } from './element.js';
import { inline } from './lines.js';
import { Words } from './words.js';

// Data requests in words for somebody other than the person, as the Go package page writes
// them.

const english = new Words('en');

// States in which a request is over.
const ended = ['completed', 'partly-completed', 'denied', 'withdrawn', 'expired'];

// The next date of a request, if there is one.
const nextDate = ({ state, next, due }) => next ?? (ended.includes(state) ? undefined : due);

// The members of a request, as rows.
export function facts(r, names) {
  const own = names.of(r);
  const { words } = names;
  const fact = (key, ...value) => value.filter((v) => v !== undefined && v !== '').length > 0 && [words.say(key), value];
  const { purposes = [], data } = r.scope ?? {};
  const scope = [...purposes.map((p) => own.purpose(p)), ...own.data(data)];
  return [
    fact('requests.state', words.upper(words.term('request-state', r.state))),
    fact('requests.received', words.moment(new Date(r.received))),
    r.about && fact('requests.about', words.say('requests.earlier', { id: r.about })),
    scope.length > 0 && fact('requests.scope', words.listed(scope)),
    r.details && fact('requests.details', quoted(r.details)),
    r.reason && fact('requests.reason', words.term('request-reason', r.reason)),
    r.nothing_held && fact('requests.nothing-held', words.say('requests.nothing-held-yes')),
    r.withheld && fact('requests.withheld', words.list(r.withheld.map(({ what, why }) => words.say('requests.withheld-one', { what: inline(what), why: words.term('request-reason', why) })))),
    r.files_until && fact('requests.files-until', words.day(r.files_until)),
    ...dates(r, names).map(([key, ...value]) => fact(key, ...value)),
    nextDate(r) && r.timezone !== names.timezone() && fact('requests.timezone', r.timezone),
    nextDate(r) && r.holidays && fact('requests.calendar', r.holidays.map((code) => words.term('calendar', code)).join(', ')),
    r.pauses && fact('requests.pauses', words.list(r.pauses.map((p) => pause(p, words)))),
    r.due_set && fact('requests.due-set', words.term('value.role', r.due_set.by), quoted(r.due_set.reason)),
    fact('requests.rule', provision(r.rule, r.source, own)),
    r.complaint && fact('requests.complaint', `${own.party(r.complaint.authority)} (${provision(r.rule, r.complaint.source, own)}) `, link(r.complaint.url ?? '')),
    r.part && fact('requests.part', r.part.digest, quoted(`${r.part.name} (${r.part.media_type})\n${r.part.where}`)),
    r.out && fact('requests.out', r.out.digest, quoted(`${r.out.name} (${r.out.media_type})`)),
    r.case && fact('requests.case', r.case),
  ];
}

// Due dates: for an open request those of steps not yet done, for an ended request only that
// of the appeal.
function dates(r, { words, stated = {} }) {
  const day = (date) => date && words.day(date);
  if (ended.includes(r.state)) return [['requests.appeal', day(r.next)]];
  if (r.state === 'to-be-erased') return [['requests.erase', day(r.due)]];
  if (r.state === 'identity-wanted') {
    const { name, email, phone, url } = stated;
    const contact = [name, email, phone, url].filter(Boolean).join(', ');
    const until = day(nextDate(r));
    return [['requests.identity', until && words.say('requests.identity-else', { date: until })], ['requests.contact', contact]];
  }
  return [['requests.confirm', r.confirmed ? undefined : day(r.confirm)], ['requests.due', day(r.due)]];
}

// When the clock was stopped, and why.
const pause = ({ from, until, why }, words) =>
  words.say(until ? 'request-pause.ended' : 'request-pause.lasting', { from: words.day(from), until: until && words.day(until), why: words.term('request-pause', why) });

// The provision of a rule without the name of the law, with which many sources begin in
// English.
function provision(rule, source, { words, own }) {
  const law = words.has(`rule.${rule}`) ? words.term('rule', rule) : own.law ?? rule;
  if (!source) return law;
  const name = `${english.term('rule', rule).split(' (')[0]} `;
  return words.say('provision', { law, source: source.startsWith(name) ? source.slice(name.length) : source });
}
