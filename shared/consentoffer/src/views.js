// What is shown, one view at a time. Each is a heading and what follows it; a form calls
// `send` with what was chosen.
import { h } from './dom.js';
import { markdown } from './markdown.js';

const button = (text, click, kind = 'quiet', props = {}) => h('button', { type: 'button', class: kind, click, ...props }, text);
const main = (text) => h('button', { class: 'main' }, text);
const head = (text, props = {}) => h('h2', { tabindex: '-1', ...props }, text);
const actions = (...children) => h('p', { class: 'actions' }, ...children);

// A form checks nothing by itself: what is wrong is said in the words of the offer.
const form = (send, ...children) => h('form', {
  novalidate: true,
  submit(event) {
    event.preventDefault();
    const form = event.currentTarget;
    send(new FormData(form), (text) => complain(form, text));
  },
}, h('p', { class: 'error', id: 'error', role: 'alert' }), ...children);

// Says what is wrong, and moves the focus to where it is mended.
function complain(form, text) {
  const error = form.querySelector('#error');
  error.textContent = text;
  const field = form.querySelector('fieldset input, input');
  (field ?? error).focus();
}

function choice(type, name, value, checked, text, hint) {
  return h('label', { class: 'choice' }, h('input', { type, name, value, checked: checked && true }), h('span', {}, text, hint && h('small', {}, hint)));
}

const answers = (legend, ...choices) => h('fieldset', { 'aria-describedby': 'error' }, h('legend', {}, legend), ...choices);

export const waiting = (w) => [h('p', { role: 'status', tabindex: '-1' }, w.say('loading'))];

// One question.
export function question(w, q, { n, all, answer, notice }, { send, back, skip, leave }) {
  const { recipient_name: recipient } = q;
  return [
    h('p', { class: 'progress' }, back && button(w.say('previous'), back, 'link'), h('span', {}, w.say('progress', { n, all }))),
    notice && h('div', { class: 'note', role: 'status' }, h('p', {}, h('strong', {}, notice.title)), h('p', {}, notice.hint)),
    head(q.title), q.stands() && h('p', { class: 'hint' }, q.stands()),
    h('div', { class: 'panel' },
      h('dl', {}, q.facts().map(([term, text]) => h('div', {}, h('dt', {}, term), h('dd', {}, text)))),
      h('details', {}, h('summary', {}, w.say('notice')), h('div', { class: 'notice' }, h('p', { class: 'hint' }, w.say('notice-hint')), markdown(q.noticeText, 2)))),
    form(send,
      answers(w.say('question'), h('div', { class: 'pair' },
        ['yes', 'no'].map((value) => choice('radio', 'answer', value, answer.answer === value, w.say(value))))),
      q.optional.length > 0 && answers(w.say('also', { recipient }),
        q.optional.map((d) => choice('checkbox', 'data', d.id, answer.data.includes(d.id), d.label))),
      actions(main(w.say('continue')), button(w.say('skip'), skip), button(w.say('leave'), leave))),
  ];
}

// Asks about a no to which data were ticked.
export function asked(w, q, answer, { send, back }) {
  const { recipient_name: recipient } = q;
  const data = q.ticked(answer);
  return [
    h('p', { class: 'progress' }, button(w.say('previous'), back, 'link')),
    head(w.say('asked', { data })), h('p', {}, w.say('asked.text')),
    form(send,
      answers(w.say('asked.question'),
        choice('radio', 'meant', 'no', false, w.say('no'), w.say('gets-nothing', { recipient })),
        choice('radio', 'meant', 'yes', false, w.say('asked.yes', { data }), w.say('who.gets', { recipient, data: q.labels(q.chosen(answer)) }))),
      actions(main(w.say('continue')))),
  ];
}

// All answers, before they are sent. `unsure`: it is not known whether they were sent before.
export function review(w, questions, given, { unsure, send, change, leave, days }) {
  return [
    head(w.say('review')), h('p', {}, unsure ? `${w.say('unsure')}. ${w.say('unsure.hint')}` : w.say('review.hint')),
    form(send,
      h('ul', { class: 'panel rows' }, questions.map((q, i) => row(w, q, given[i], i, () => change(i), days))),
      actions(main(w.say('send')), button(w.say('leave'), leave))),
  ];
}

function row(w, q, answer, i, change, { first, last }) {
  const { title, recipient_name: recipient, period } = q;
  const verb = w.say(answer.answer ? 'change' : 'answer');
  const again = button(verb, change, 'link', { 'aria-label': `${verb}: ${title}` });
  switch (answer.answer) {
    case 'yes':
      return h('li', {}, h('h3', {}, `${w.say('yes')}: ${title}`),
        h('p', {}, w.say('review.yes', { recipient, data: q.labels(q.chosen(answer)), date: w.day(answer.until || last(q)) })),
        h('details', { open: answer.until && true }, h('summary', {}, w.say('until')), h('div', {},
          h('label', { for: `until-${i}` }, w.say('until.label')), h('p', { class: 'hint', id: `hint-${i}` }, w.say('until.hint', { period })),
          h('input', { type: 'date', id: `until-${i}`, name: `until-${i}`, value: answer.until, min: first, max: last(q), 'aria-describedby': `hint-${i} error` }))),
        again);
    case 'no':
      return h('li', {}, h('h3', {}, `${w.say('no')}: ${title}`), h('p', {}, w.say('gets-nothing', { recipient })), again);
    default:
      return h('li', {}, h('h3', {}, `${w.say('open')}: ${title}`), h('p', {}, w.say('stays'), ' ', q.stands()), again);
  }
}

// The receipt is there.
export function done(w, seq, { save, close }) {
  return [
    head(w.say('done')), h('p', {}, w.say('done.hint', { seq })),
    h('p', { class: 'error', id: 'error', role: 'alert' }),
    actions(button(w.say('save'), save, 'main'), button(w.say('close'), close)),
  ];
}

export const nothing = (w, close) => [head(w.say('nothing')), actions(button(w.say('close'), close))];

// Why something did not work. `sent` says of answers that were sent whether they are known not
// to have arrived: then it is 'refused', else 'unsure'. Nothing of what the server wrote is shown but
// the id of the request.
export function failed(w, why, { sent, again, back, close }) {
  const { instance } = why.problem, unsure = sent === 'unsure';
  return [
    head(w.say(unsure ? sent : 'failed')),
    h('p', { role: 'alert' }, [(!unsure || why.refused) && w.say(cause(why)), sent && w.say(unsure ? 'unsure.hint' : sent)].filter(Boolean).join(' ')),
    instance && h('p', { class: 'hint' }, w.say('reference', { instance: String(instance).slice(0, 100) })),
    actions(button(w.say(unsure ? 'unsure.again' : 'again'), again, 'main'), back && button(w.say('previous'), back), button(w.say('close'), close)),
  ];
}

function cause({ status, type }) {
  if (type === 'evidence-too-weak') return 'evidence';
  return status === 401 || status === 403 ? 'signed-out' : 'other';
}
