import { h, isolated, quoted, link } from './element.js';
import { kindOf } from './headline.js';
import { facts } from './request.js';

// The card: what the receipt states about each purpose and recipient, and about a data
// request, as the Go package page writes it.

const marks = { given: 'yes', changed: 'yes', narrowed: 'less', refused: 'no', none: 'open' };

// A label with its lines, or nothing if there are none.
export const row = (label, ...lines) => {
  const said = lines.flat(Infinity).filter(Boolean);
  return said.length > 0 && [label, said.flatMap((line, i) => (i === 0 ? [line] : [h('br'), line]))];
};

export const rows = (all, className = 'facts') => {
  const said = all.filter(Boolean);
  return said.length === 0 ? '' : h('dl', { class: className }, said.map(([term, value]) => h('div', {}, h('dt', {}, term), h('dd', {}, value))));
};

const block = (mark, title, ...content) =>
  h('section', { class: 'said' }, h('span', { class: `mark ${mark}`, 'aria-hidden': 'true' }), h('h3', {}, title), content);

// A sentence in which the date stands out.
const dated = (words, key, date, values) => h('p', { class: 'promise' }, words.nodes(key, { ...values, date: h('strong', {}, words.day(date)) }));

// The blocks of the card, and whether they say how to stop.
export function card(context) {
  const { words, shown, receipt } = context;
  const yes = shown.changes.filter((c) => c.to === 'given').length;
  const blocks = [...shown.request.map((r) => ofRequest(r, context)), ...shown.changes.map((c) => ofChange(c, context, yes === 1))];
  if (yes > 1) blocks.push(block('open', words.say('card.stop.any'), rows([stop(context)])));
  if (receipt.withheld.has('changes') || receipt.withheld.has('request')) blocks.push(block('open', words.say('short.withheld')));
  return { blocks, stops: yes > 0 };
}

function stop({ words, names, claims }) {
  const method = names.withdrawal();
  return row(words.say('card.stop'), method ? [link(method.url), method.alternative] : words.say('short.no-stop', { issuer: claims.iss }));
}

// Names a change in a word.
function verb({ words, claims }, c) {
  const kind = kindOf(c, claims.event.type);
  return words.term('said', ['narrowed', 'changed', 'refused'].includes(kind) ? kind : c.to);
}

// How to stop is said with a change if it is the only yes.
function ofChange(c, context, alone) {
  const { words, names, claims } = context;
  const own = names.of(c);
  const mark = marks[kindOf(c, claims.event.type)] ?? (c.to === 'paused' ? 'open' : 'end');
  const title = words.nodes('card.said', { verb: h('strong', {}, verb(context, c)), purpose: isolated(c.purpose ? own.purpose(c.purpose) : c.consent_id) });
  const who = c.recipient && isolated(own.party(c.recipient));
  const { deletion } = c.effect ?? {};
  const owed = deletion ? dated(words, `effect.${deletion.what}`, deletion.by, { who: own.party(c.recipient) }) : '';
  if (mark === 'no' && !c.effect && who) {
    return block(mark, title, h('p', {}, words.nodes('card.nothing', { who })), rows([row(words.say('card.was'), was(c, context)), why(c, words)]));
  }
  const terms = c.to === 'given' ? allowed(c, own, context) : over(c, own, context);
  return block(mark, title, owed, rows([
    row(words.say(c.to === 'given' ? 'card.who' : 'card.had'), who), ...terms,
    c.to === 'given' && alone && stop(context),
    row(words.say('card.then'), after(c, own, context)),
    row(words.say('card.was'), was(c, context)), why(c, words),
    owed && row(words.say('card.contact'), names.contact()),
  ]));
}

const why = (c, words) => c.cause && row(words.say('card.why'), words.upper(words.term('changes', c.cause)));

// The data and the resources, a line each.
const dataOf = (own, { data = [], resources } = {}) => [...own.data(data).map(isolated), ...own.resources(resources)];

// What a consent allows. If only the change is shown, these are the terms that it added.
function allowed(c, own, { words, granted }) {
  const known = granted.get(c.consent_id);
  const { until, ...terms } = known ?? c.added;
  const narrows = c.from === 'given';
  return [
    row(words.say('card.data'), dataOf(own, terms)),
    known && row(words.say('card.back'), words.upper(own.access(known.access))),
    narrows && row(words.say('card.gone'), dataOf(own, c.removed)),
    narrows && row(words.say('card.new'), dataOf(own, c.added)),
    until && row(words.say('card.until'), words.upper(words.say('card.until.text', { moment: words.until(new Date(until)) }))),
  ];
}

function over(c, own, { words, granted }) {
  const known = granted.get(c.consent_id);
  return [known && row(words.say('card.data'), dataOf(own, known))];
}

// What follows from a change, except the deletion that is promised.
function after(c, own, { words, granted, afterwards }) {
  if (!c.effect) {
    const then = c.to === 'given' && afterwards.get(c.consent_id);
    return then ? h('span', {}, words.nodes(`card.then.${then.what}`, { who: own.party(c.recipient), period: words.period(then.within) })) : [];
  }
  const known = granted.get(c.consent_id)?.data;
  const told = known && c.to === 'given' && c.effect.goes_on && `${known}` === `${c.effect.goes_on}`; // the data are named already
  return own.effects({ ...c, effect: { ...c.effect, deletion: undefined, goes_on: told ? undefined : c.effect.goes_on } }).map((line) => h('span', {}, line));
}

// What the line was before the change.
function was(c, { words, shown }) {
  if (c.given_in) {
    const record = shown.records.find((r) => r.record_id === c.consent_id);
    if (record?.events[0]) return words.say('card.was.receipt', { date: words.date(new Date(record.events[0].event_time)), n: c.given_in });
    return words.upper(words.say('changes.given-in', { n: c.given_in }));
  }
  if (c.from === 'given' && c.to === 'given' && c.removed?.until) return words.upper(words.say('until', { moment: words.until(new Date(c.removed.until)) }));
  return c.from === 'none' || c.from === c.to ? [] : words.upper(words.term('state', c.from));
}

const ended = ['partly-completed', 'denied', 'withdrawn', 'expired'];

function ofRequest(r, { words, names, claims }) {
  const mark = r.state === 'completed' ? 'done' : ended.includes(r.state) ? 'end' : 'ask';
  const title = words.nodes(`short.request.${r.state}`, { what: h('strong', {}, words.term('request', r.type)) });
  const { key, date } = next(r);
  const owed = date ? dated(words, `request-next.${key}`, date, {}) : '';
  const others = facts(r, names).filter(Boolean).filter((fact) => !(date && `${fact[1]}` === words.day(date))); // the promise has that date
  return block(mark, title, owed, rows([wide(r, claims) && row(words.say('requests.scope'), words.upper(words.say('card.all-data'))), ...others]));
}

// Whether a request is about everything. An appeal is about an earlier request, and a later step does
// not repeat what its request is about.
export const wide = ({ type, scope }, { event }) => event.type === 'request-received' && type !== 'appeal' && !scope?.purposes?.length && !scope?.data?.length;

// What is due next, by when, and whether the request is open.
export function next({ state, next: date, due }) {
  if (state === 'completed' || ended.includes(state)) return { key: 'appeal', date, open: false };
  if (state === 'to-be-erased') return { key: 'erase', date: date ?? due, open: true };
  if (state === 'identity-wanted') return { key: 'identity', date: date ?? due, open: true };
  return due ? { key: 'due', date: due, open: true } : { key: 'confirm', date, open: true };
}

// Who acted, if not the person, what is corrected, and the notes.
export function about({ words, shown, claims, names }) {
  const { corrects } = claims.event;
  const other = shown.actor[0]?.role === 'subject' ? undefined : shown.actor[0];
  const own = ({ by }) => by === other?.role; // it is said already who that is
  return [
    other && h('div', { class: 'meta' }, `${words.say('requests.by')}: ${names.actor(other)}`, shown.note.filter(own).map(({ text }) => quoted(text))),
    corrects && h('div', { class: 'meta' }, words.say('changes.corrects', { n: corrects.seq, from: words.moment(new Date(corrects.from)) }), ':', quoted(corrects.why)),
    shown.note.filter((note) => !own(note)).map(({ by, text }) => h('div', { class: 'meta' }, `${words.upper(words.term('value.role', by))}:`, quoted(text))),
  ].filter(Boolean);
}
