import { h, table, terms } from './element.js';

// The lists that accompany receipts, shown from their signed content alone.

const maxRows = 2000;
const signLength = 6; // characters of a pseudonym that distinguish the staff of a controller

const fold = (heading, open, content) => h('details', { class: 'all', open }, h('summary', {}, h('h3', {}, heading)), content);

// Who of the staff looked, newest first.
export function looks(report, words) {
  return report.lists.filter((l) => !l.refusal).map((list) => {
    const rows = list.looks.toReversed().slice(0, maxRows).map(({ claims: { seq, iat, did, role, staff, about, reason, case: reference } }) => {
      const who = words.term('staff', role);
      return [`${seq}`, words.moment(new Date(iat * 1000)), [words.term('did', did), about ? h('small', {}, /^\d+$/.test(about) ? words.say('looked.about-receipt', { about }) : about) : '',
        reason ? h('small', {}, words.say('looked.reason', { reason: words.term('look-reason', reason) })) : ''],
        [reference ? words.say('looked.by', { role: who, case: reference }) : who, h('small', {}, h('code', {}, staff.slice(0, signLength)))]];
    });
    return fold(`${words.say('looked.title')} (${list.looks.length})`, report.results.length === 0, [
      h('p', { class: 'soft' }, words.say('looks.limit')),
      rows.length > 0 ? table(words.say('looked.title'), ['number', 'date', 'did', 'who'].map((c) => words.say(`looks.${c}`)), rows) : h('p', {}, words.say('looks.none')),
      rows.length < list.looks.length ? h('p', {}, words.say('list.more', { shown: rows.length, n: list.looks.length })) : '']);
  });
}

// The parts of the answer to a data request.
export function manifest(manifests, words) {
  const code = (text) => h('code', {}, text);
  return manifests.filter((m) => m.manifest).map(({ manifest: { claims: { request, receipts, parts, iat } } }) =>
    h('article', { 'aria-label': words.say('manifest.heading'), lang: words.language }, h('h2', {}, words.say('manifest.heading')), h('p', {}, words.say('manifest.text')),
      terms('fields', [
        [words.say('answers.request'), `${words.term('request', request.type)} (${words.term('request-state', request.state)})`],
        [words.say('requests.received'), words.moment(new Date(request.received))],
        [words.say('manifest.as-of'), words.moment(new Date(iat * 1000))],
        [words.say('manifest.receipts'), words.say('manifest.receipts.text', receipts), h('br'), code(receipts.newest), h('br'), receipts.where]]),
      parts.length > 0 ? table(words.say('manifest.heading'), ['name', 'where', 'digest', 'receipt'].map((c) => words.say(`manifest.${c}`)),
        parts.map((p) => [[p.name, h('small', {}, p.media_type)], p.where, code(p.digest), `${p.receipt}`])) : h('p', {}, words.say('manifest.none'))));
}

// The files of answers that receipts and manifests name, and which of them were given.
export function answers(report, words) {
  if (report.answers.length === 0) return [];
  const given = ({ file, changed }) => words.say(file === undefined ? 'answers.missing' : changed ? 'answers.changed' : 'answers.here', { file: file ?? '' });
  const rows = report.answers.slice(0, maxRows).map((a) => [[a.name, h('small', {}, `${a.media_type}${a.size ? `, ${words.say('answers.size', { n: a.size })}` : ''}`)],
    given(a), h('code', {}, a.request.slice(0, 8)), `${a.receipt}`, h('code', {}, a.digest)]);
  return [h('section', { 'aria-label': words.say('answers.heading') }, h('h3', {}, words.say('answers.heading')), h('p', { class: 'soft' }, words.say('answers.text')),
    table(words.say('answers.heading'), ['manifest.name', 'answers.given', 'answers.request', 'manifest.receipt', 'manifest.digest'].map((c) => words.say(c)), rows))];
}
