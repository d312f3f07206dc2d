/** The page's style: one column that wraps, system fonts, light and dark by preference. Colours only repeat what words say. */
export const STYLE = `
:root {
  --ground: #f6f6f4; --card: #fff; --ink: #1b1c1e; --quiet: #55595f; --line: #d9dadb; --link: #0b57a4;
  --critical: #b3141d; --warning: #8a4b00; --info: #0b57a4; --blind: #6b3a94; --calm: #1c6b3a; --on: #fff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #131416; --card: #1c1e21; --ink: #e8e8e6; --quiet: #a4a9b0; --line: #34383d; --link: #8cc0ff;
    --critical: #ff8a86; --warning: #f2b35c; --info: #8cc0ff; --blind: #cfa6f5; --calm: #7fd09c; --on: #131416;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
main { max-width: 64rem; margin: 0 auto; padding: 1rem; }
header { display: flex; flex-wrap: wrap; gap: 0 1rem; justify-content: space-between; }
h1 { margin: .75rem 0 1.5rem; padding: .25rem 0 .25rem 1rem; border-left: .5rem solid; font-size: 1.6rem; line-height: 1.3; text-wrap: pretty; }
h1 span { display: block; font-size: 1.1rem; font-weight: 600; }
h2 { margin: 0 0 .5rem; font-size: 1.1rem; }
h3 { margin: 0 0 .25rem; font-size: 1rem; }
h3 .quiet { font-weight: normal; }
p { margin: .25rem 0; }
a { color: var(--link); }
section { margin: 0 0 1rem; padding: 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
article + article { margin-top: .75rem; padding-top: .75rem; border-top: 1px solid var(--line); }
ul { margin: 0; padding: 0; list-style: none; }
.rows li { padding: .45rem 0; border-top: 1px solid var(--line); }
.rows li:first-child { border-top: 0; }
.rows li > span { margin-right: .5rem; }
.alert { padding-left: .75rem !important; border-left: .3rem solid var(--line); }
.alert.critical { border-left-color: var(--critical); } .alert.warning { border-left-color: var(--warning); } .alert.info { border-left-color: var(--info); }
.alert + .alert { margin-top: .75rem; }
#firing .rows li, #pending .rows li { border-top: 0; }
.summary { font-size: 1.1rem; }
.advice { padding-left: 1.2rem; list-style: disc; }
form { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: end; margin: .5rem 0; }
.rows form { display: inline-flex; margin: 0; }
label { display: grid; gap: .15rem; color: var(--quiet); font-size: .875rem; }
input, select, button { min-height: 2.75rem; padding: .25rem .75rem; border: 1px solid var(--line); border-radius: .3rem; background: var(--ground); color: var(--ink); font: inherit; }
button { border-color: var(--link); color: var(--link); font-weight: 600; cursor: pointer; }
.chart { display: block; max-width: 100%; height: auto; margin: .25rem 0 .75rem; }
.quiet { color: var(--quiet); font-size: .875rem; }
.error { display: block; color: var(--quiet); }
.number { display: inline-block; font-variant-numeric: tabular-nums; }
.labels > span { display: inline-block; margin-right: .5rem; } .labels i { color: var(--quiet); font-style: normal; font-size: .875rem; }
.badge { padding: .05rem .45rem; border: 1px solid; border-radius: .3rem; font-size: .8rem; font-weight: 600; white-space: nowrap; }
h1.critical, .badge.critical { color: var(--critical); } h1.warning, .badge.warning { color: var(--warning); }
h1.info, .badge.info { color: var(--info); } h1.blind, .badge.blind { color: var(--blind); } h1.calm, .badge.calm { color: var(--calm); }
.badge.critical { background: var(--critical); border-color: var(--critical); color: var(--on); }
.judged { display: flex; flex-wrap: wrap; gap: 0 .5rem; } .judged > :last-child { flex-basis: 100%; }
.source { display: grid; grid-template-columns: 5rem minmax(0, 1fr); gap: 0 .5rem; align-items: baseline; } .source > :nth-child(n + 3) { grid-column: 2; }
.unsure { display: block; }
@media (min-width: 48rem) {
  .judged { display: grid; grid-template-columns: 5.5rem minmax(0, 1fr) 7rem 22rem; align-items: baseline; }
  .source { grid-template-columns: 5.5rem minmax(0, 1fr) 19rem; } .source > :nth-child(3) { grid-column: auto; }
  .source > :nth-child(n + 4) { grid-column: 2 / -1; }
}
.bar { width: 6rem; height: .5rem; vertical-align: .05rem; background: var(--line); border-radius: .25rem; fill: var(--quiet); }
.bar.crossed { fill: var(--critical); }
summary { cursor: pointer; } details > summary { color: var(--quiet); } #inbox summary { color: inherit; }
pre { margin: .5rem 0; padding: .5rem; background: var(--ground); white-space: pre-wrap; font-size: .875rem; }
code { font-size: .875rem; }
footer { display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
#lost { position: sticky; top: 0; z-index: 1; margin: 0; padding: .75rem 1rem; background: var(--critical); color: var(--on); font-weight: 600; }
.old main { filter: grayscale(1); opacity: .85; }
.old h1::before { content: 'Last known: '; }
@media (max-width: 30rem) { .bar { width: 4rem; } }
`;
