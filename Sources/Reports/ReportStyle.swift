/// The style sheet of `report.html`. Colours are variables; the dark theme only gives them other values.
let reportStyle: StaticString = """
  :root {
    color-scheme: light dark;
    --paper: #ffffff; --ink: #1c2127; --quiet: #535c66; --line: #d4d9df; --soft: #f5f6f8; --link: #1c558f;
    --good: #17653a; --bad: #a01f1a; --open: #745000;
    --good-soft: #edf6f0; --bad-soft: #fcf0ef; --open-soft: #fbf5e6;
    --proven: #2f7d55; --serif: Charter, "Bitstream Charter", "Iowan Old Style", Cambria, Georgia, serif;
    --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  }
  @media (prefers-color-scheme: dark) {
    :root {
      --paper: #15181c; --ink: #e4e7ea; --quiet: #a4adb7; --line: #363d46; --soft: #1d2126; --link: #93c3f3;
      --good: #82d3a0; --bad: #ff9f96; --open: #e8c56f;
      --good-soft: #17231c; --bad-soft: #2a1a1a; --open-soft: #272115; --proven: #3f9a6b;
    }
  }
  * { box-sizing: border-box; }
  html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
  body {
    margin: 0 auto; padding: 0 clamp(1rem, 4vw, 3rem) 4rem; max-width: 74rem; background: var(--paper);
    color: var(--ink); font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
    overflow-wrap: anywhere;
  }
  a { color: var(--link); text-underline-offset: 0.15em; }
  :focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
  .skip { position: absolute; left: -100rem; }
  .skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: 0.5rem 1rem; z-index: 1; }
  .visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .patterns { position: absolute; }

  h1, h2, h3, h4 { line-height: 1.25; margin: 0; text-wrap: balance; }
  h1, h2 { font-family: var(--serif); font-weight: 600; }
  h1 { font-size: clamp(1.5rem, 4vw, 2.1rem); }
  h2 { font-size: 1.6rem; margin: 4rem 0 1rem; padding-top: 1.25rem; border-top: 2px solid var(--ink); }
  h3 { font-size: 1.2rem; margin: 2.5rem 0 0.75rem; }
  h4 { font-size: 1rem; margin: 2.25rem 0 0.5rem; }
  h2 .mark, h3 .mark { font-family: system-ui, sans-serif; font-size: 1rem; margin-left: 0.4rem; }
  p { margin: 0.5rem 0; }
  .prose, .lead { max-width: 46rem; }
  ul.prose { padding-left: 1.2rem; }
  .prose li { margin: 0.35rem 0; }
  .quiet { color: var(--quiet); font-size: 0.875rem; font-weight: 400; margin: 0.2rem 0 0; }
  code { font-family: var(--mono); font-size: 0.86em; font-variant-ligatures: none; }
  .path { overflow-wrap: anywhere; font-weight: 400; }

  .mark { font-weight: 600; white-space: nowrap; }
  .mark .symbol { display: inline-block; min-width: 1em; text-align: center; }
  .mark.good { color: var(--good); } .mark.bad { color: var(--bad); } .mark.open { color: var(--open); }
  .mark.plain { color: var(--quiet); font-weight: 500; }

  .banner { margin-top: 2.5rem; }
  .kicker { color: var(--quiet); font-size: 0.9rem; margin: 0 0 0.3rem; }
  .verdict {
    display: grid; grid-template-columns: minmax(11rem, max-content) 1fr; gap: 0 2.5rem; margin: 1.75rem 0 0;
    padding: 1.5rem 1.75rem; border: 1px solid var(--line); border-left: 8px solid var(--quiet);
  }
  .banner.good .verdict { border-left-color: var(--good); background: var(--good-soft); }
  .banner.bad .verdict { border-left-color: var(--bad); background: var(--bad-soft); }
  .banner.open .verdict { border-left-color: var(--open); background: var(--open-soft); }
  .verdict .word { font: 600 2rem/1.2 var(--serif); margin: 0; }
  .verdict .why > :first-child { margin-top: 0.3rem; }
  .verdict .why > :last-child { margin-bottom: 0; }
  .verdict .lead { font-size: 1.125rem; line-height: 1.5; }
  .counts {
    display: flex; flex-wrap: wrap; gap: 0.25rem 2rem; list-style: none; margin: 0;
    padding: 0.8rem 1.75rem; border: 1px solid var(--line); border-top: 0;
  }
  .counts a { color: inherit; text-decoration: none; }
  .counts a:hover { text-decoration: underline; }
  .counts strong { font-size: 1.15rem; font-variant-numeric: tabular-nums; }
  .gaps { padding: 0.9rem 1.75rem 1rem; border: 1px solid var(--line); border-top: 0; }
  .gaps h2 { font: 600 1rem/1.4 system-ui, sans-serif; border: 0; margin: 0; padding: 0; }
  .gaps ul { margin: 0.3rem 0 0; padding-left: 1.2rem; color: var(--quiet); }
  nav ul { display: flex; flex-wrap: wrap; gap: 0.2rem 1.5rem; list-style: none; margin: 1.5rem 0 0; padding: 0; }
  nav a { display: inline-block; padding: 0.2rem 0; }

  .finding { margin: 1.5rem 0; padding: 0.25rem 0 0.25rem 1.5rem; border-left: 4px solid var(--line); }
  .finding.bad { border-left-color: var(--bad); } .finding.open { border-left-color: var(--open); }
  .finding h3 { margin: 0; }
  .finding h3 .mark { margin-left: 0; margin-right: 0.5rem; }
  .finding .lead { font-size: 1.05rem; }
  .facts { display: flex; flex-wrap: wrap; gap: 0.15rem 1.75rem; margin: 0.5rem 0; font-size: 0.925rem; }
  .facts > div { min-width: 0; }
  dt { color: var(--quiet); }
  .facts dt, .comparison dt { display: inline; }
  .facts dt::after { content: " "; }
  .facts dd, .comparison dd { display: inline; margin: 0; }
  .facts.wide { display: block; }
  .facts.wide > div, .comparison > div { display: grid; grid-template-columns: 13rem 1fr; gap: 1rem; padding: 0.12rem 0; }
  .comparison { margin: 0.5rem 0; }
  .comparison > div { grid-template-columns: 4.6rem 1fr; gap: 0.75rem; }
  .comparison dt { font-size: 0.875rem; }
  .glossary > div { margin: 0.9rem 0; }
  dl.prose dt { font-weight: 600; color: var(--ink); }
  dl.prose dd { margin: 0; }

  .boot { margin-top: 2.5rem; }
  .boot > h3 { padding-bottom: 0.4rem; border-bottom: 1px solid var(--line); }
  .scroll { overflow-x: auto; margin: 1rem 0 1.5rem; }
  table { border-collapse: collapse; width: 100%; min-width: 34rem; font-size: 0.925rem; }
  table.narrow { width: auto; min-width: 18rem; }
  table.small { min-width: 0; } .small tbody th, .small td { min-width: 0; }
  caption { text-align: left; color: var(--quiet); font-size: 0.875rem; padding: 0 0 0.35rem; }
  th, td { text-align: left; vertical-align: top; padding: 0.5rem 1rem 0.5rem 0; border-bottom: 1px solid var(--line); }
  thead th { font-size: 0.85rem; color: var(--quiet); font-weight: 600; border-bottom: 1px solid var(--quiet); overflow-wrap: normal; }
  tbody th { font-weight: 500; min-width: 10rem; }
  td { min-width: 8rem; } td.number, td:first-child { min-width: 0; }
  td p:first-child, th p:first-child { margin-top: 0; } td p:last-child { margin-bottom: 0; }
  td .facts, td .comparison { margin: 0; }
  td p + .comparison { margin-top: 0.3rem; }
  td .comparison > div { padding-top: 0; }
  td .facts { display: block; }
  .number { font-variant-numeric: tabular-nums; white-space: nowrap; overflow-wrap: normal; }
  table.registers { min-width: 44rem; } table.quotes { min-width: 58rem; } table.findings { min-width: 46rem; }
  table.inputs { min-width: 52rem; } table.matches { min-width: 46rem; }
  .time { white-space: nowrap; overflow-wrap: normal; } td.boot-label { min-width: 6rem; }
  table.registers tbody th { min-width: 0; }
  table.findings th:first-child { width: 13rem; } table.findings td:nth-child(3) { width: 17rem; }
  table.quotes td:first-child, table.matches td:first-child { min-width: 2.2rem; overflow-wrap: normal; }
  table.quotes tr:has(+ .more) > * { border-bottom: 0; padding-bottom: 0.1rem; }
  .more td { padding-top: 0; }
  .rest td { color: var(--quiet); font-style: italic; }
  td .mark { white-space: nowrap; overflow-wrap: normal; }

  details { margin: 0.4rem 0; }
  summary { cursor: pointer; color: var(--link); width: fit-content; padding: 0.15rem 0; }
  details[open] > summary { margin-bottom: 0.5rem; }
  td details[open] { background: var(--soft); padding: 0.5rem 1rem 1rem; }
  .checks { list-style: none; margin: 0 0 1rem; padding: 0; }
  .checks > li { padding: 0.45rem 0; border-bottom: 1px solid var(--line); }
  .checks p { margin: 0; }

  figure { margin: 1.25rem 0 2rem; padding: 1.25rem 1.5rem 0.25rem; background: var(--soft); border: 1px solid var(--line); }
  figcaption { margin-bottom: 0.75rem; }
  figcaption .path { font-weight: 600; }
  svg { display: block; overflow: visible; }
  svg text { fill: var(--ink); font: 500 12.5px/1 system-ui, sans-serif; font-variant-numeric: tabular-nums; paint-order: stroke; stroke: var(--soft); stroke-width: 5px; stroke-linejoin: round; }
  svg .proven { fill: var(--proven); }
  svg .tail { fill: url(#unproven); }
  .hatch-ground { fill: var(--paper); } .hatch-line { fill: var(--quiet); opacity: 0.55; }
  svg .outline { fill: none; stroke: var(--quiet); }
  svg .pin { stroke: var(--ink); stroke-width: 2; } svg .pin.unsigned { stroke-dasharray: 3 3; }
  svg .span { stroke: var(--quiet); stroke-width: 1.5; } svg .span.unproven { stroke-dasharray: 4 3; }
  .against { margin: 0.4rem 0; }
  .legend { display: flex; flex-wrap: wrap; gap: 0.1rem 1.5rem; color: var(--quiet); font-size: 0.85rem; margin: 0.5rem 0 1rem; }
  .key { display: inline-block; width: 1.1rem; height: 0.8rem; border: 1px solid var(--quiet); vertical-align: -0.08rem; margin-right: 0.2rem; }
  .proven-key { background: var(--proven); }
  .tail-key { background: repeating-linear-gradient(135deg, var(--paper) 0 4px, var(--quiet) 4px 5.5px); }

  h5 { font-size: 1rem; line-height: 1.3; margin: 2rem 0 0.4rem; }
  h5 .count, h3 .count { color: var(--quiet); font-weight: 400; font-size: 0.9rem; }
  .gaps > p { margin: 0.3rem 0; }
  .gaps details { margin-top: 0.5rem; }
  .plot { padding-bottom: 0.75rem; }
  .lane { display: grid; grid-template-columns: 13.5rem 1fr; align-items: center; }
  .lane + .lane { border-top: 1px solid var(--line); }
  .lane:has(+ .lane-end), .lane:first-of-type + .lane { border-top-color: var(--quiet); }
  .lane-name { font-size: 0.875rem; }
  .lane svg { overflow: hidden; } .lane svg:has(text) { overflow: visible; }
  svg .marks, svg .bar { fill: var(--quiet); }
  svg .marks.good, svg .bar.good { fill: var(--proven); }
  svg .marks.bad, svg .bar.bad { fill: var(--bad); }
  svg .marks.open, svg .bar.open { fill: var(--open); }
  svg .cut { stroke: var(--ink); stroke-width: 1; vector-effect: non-scaling-stroke; fill: none; opacity: 0.6; }
  table.statuses { min-width: 40rem; } table.statuses tbody th, .statuses td { min-width: 0; white-space: nowrap; }
  table.statuses td.quiet { white-space: normal; font-size: 0.875rem; }
  .statuses td.share { width: 12rem; vertical-align: middle; } .share svg { min-width: 8rem; }
  table.files { min-width: 58rem; } table.files tbody th { width: 42%; } .files td.when { width: 12rem; }
  .files td:first-child { white-space: normal; width: 5.5rem; }
  .files .comparison { min-width: 19rem; } .files .comparison > div { display: block; }
  .files .comparison dd { display: block; }
  .contents { list-style: none; margin: 0; padding: 0; font-size: 0.875rem; } .contents > li + li { margin-top: 0.5rem; }
  table.packages { min-width: 50rem; } .packages td .mark { display: block; }
  .chain { list-style: none; margin: 0; padding: 0; }
  .chain > li + li { margin-top: 0.6rem; padding-left: 1.2rem; }
  .chain > li + li::before { content: "named by "; color: var(--quiet); font-size: 0.875rem; }
  table.origins tbody th { width: 16rem; }
  tr:target > * { background: var(--open-soft); }
  tr:has(+ .nested) > * { border-bottom: 0; }
  .nested > * { padding-top: 0.1rem; border-bottom: 0; } .nested:not(:has(+ .nested)) > * { border-bottom: 1px solid var(--line); }
  .nested th { font-weight: 400; padding-left: 1.5rem; }
  .nested th .quiet { display: inline; margin-left: 0.4rem; }
  .both { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; margin: 1rem 0; }
  .both > .one { padding: 0.9rem 1.25rem 1rem; border: 1px solid var(--line); border-top: 4px solid var(--quiet); }
  .both > .one.good { border-top-color: var(--good); background: var(--good-soft); }
  .both > .one.bad { border-top-color: var(--bad); background: var(--bad-soft); }
  .both > .one.open { border-top-color: var(--open); background: var(--open-soft); }
  .both .word { font-size: 1.2rem; margin: 0 0 0.3rem; } .both ul { margin: 0.5rem 0 0; }
  .alarm { padding: 0.9rem 1.25rem 1rem 1.5rem; background: var(--bad-soft); border-left-width: 8px; }
  .alarm h5 { margin: 0; font-size: 1.1rem; } .alarm h5 .mark { margin-right: 0.3rem; }
  .alarm > ul { margin: 0.5rem 0 0; }
  .status-counts { font-size: 0.875rem; margin: 0.2rem 0 0; } .status-counts .mark, .told { margin-right: 0.6rem; }
  .told { white-space: nowrap; }
  table.owners { min-width: 52rem; } table.owners tbody th { width: 36%; } .owners td { min-width: 0; } .owners td:nth-child(4) { min-width: 13rem; }
  .owners .told { display: block; white-space: normal; } .owners td .against { color: var(--bad); margin: 0.2rem 0 0; font-weight: 600; }
  .alarmed > * { background: var(--bad-soft); } .alarmed > th { border-left: 4px solid var(--bad); padding-left: 0.75rem; }
  th .reason { font-weight: 400; margin: 0.3rem 0 0; }
  .explanation .lead { font-size: 1.05rem; margin-bottom: 0.25rem; } .explanation .lead + p { margin-top: 0; }
  .explanation table { background: var(--soft); }
  svg .change { fill: var(--bad); } .change-key { background: var(--bad); }
  table.hypotheses { min-width: 44rem; } .hypotheses td { min-width: 0; } .hypotheses tbody th { min-width: 11rem; } .hypotheses td:last-child { min-width: 14rem; }
  table.signatures, table.faults, table.keys, table.buffers { min-width: 40rem; }
  .signatures tbody th { white-space: nowrap; } .signatures td.quiet { font-size: 0.875rem; }
  .faults td, .keys td { min-width: 0; } .buffers tbody th { width: 14rem; }
  .buffers .comparison > div { grid-template-columns: 7rem 1fr; }
  .legend.claims { display: block; } .legend.claims dt, .legend.claims dd { display: inline; margin: 0; }
  .legend.claims dt { font-weight: 600; } .legend.claims dt::after { content: " "; }
  .claim, .claim code { color: var(--quiet); font-style: italic; }
  .claim { text-decoration: underline dotted; text-decoration-thickness: 1px; text-underline-offset: 0.2em; }
  .stages { list-style: none; margin: 1rem 0 2rem; padding: 0; }
  .stage { padding: 0.7rem 1.25rem 0.6rem; border: 1px solid var(--line); border-left: 5px solid var(--quiet); }
  .stage.good { border-left-color: var(--proven); } .stage.open { border-left: 5px dashed var(--open); } .stage.bad { border-left-color: var(--bad); }
  .stage.plain { border-left-style: dotted; }
  .stage + .stage { position: relative; margin-top: 1.7rem; }
  .stage + .stage::before { content: ""; position: absolute; left: 1.6rem; top: -1.7rem; height: 1.2rem; border-left: 2px solid var(--quiet); }
  .stage + .stage::after { content: ""; position: absolute; left: calc(1.6rem - 4px); top: -0.55rem; border: 5px solid transparent; border-top: 8px solid var(--quiet); border-bottom: 0; }
  .stage h5 { margin: 0; } .stage h5 .mark { margin-left: 0.5rem; font-size: 0.9rem; }
  .stage > .quiet { margin: 0 0 0.3rem; }
  .stage .facts dd { grid-column: 2; } .stage .facts .mark { font-size: 0.85rem; }
  .stage .facts > div { padding: 0.15rem 0; row-gap: 0.1rem; }
  table.events { min-width: 44rem; } .events td { min-width: 0; } .events tbody th { font-weight: 400; width: 50%; }
  .events td:nth-child(4) { width: 30%; } .events p { margin: 0.15rem 0 0; }
  footer { margin-top: 4rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: 0.9rem; }

  @media (max-width: 44rem) {
    .verdict { grid-template-columns: 1fr; padding: 1.25rem; }
    .counts, .gaps { padding-left: 1.25rem; padding-right: 1.25rem; }
    .finding { padding-left: 1rem; }
    figure { padding: 1rem 1rem 0.25rem; }
    .both { grid-template-columns: 1fr; }
    .alarm { padding-left: 1rem; } .signatures tbody th { white-space: normal; }
    table.owners tbody th, .buffers tbody th { width: auto; } .buffers .comparison > div { grid-template-columns: 1fr; }
    .facts.wide > div, .comparison > div { grid-template-columns: 1fr; gap: 0; padding-bottom: 0.4rem; }
    .stage { padding-left: 0.8rem; padding-right: 0.8rem; } .stage .facts dd { grid-column: 1; }
    h2 { font-size: 1.35rem; margin-top: 3rem; }
    table.stacks { min-width: 0; }
    .stacks thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    .stacks tr { display: block; padding: 0.5rem 0; border-bottom: 1px solid var(--line); }
    .stacks tr:has(+ .more) { border-bottom: 0; padding-bottom: 0; }
    .stacks :is(td, th) { display: block; border: 0; padding: 0.1rem 0; min-width: 0; white-space: normal; }
    .stacks caption { display: block; }
    .stacks tbody { display: block; }
    .lane { grid-template-columns: 1fr; padding-top: 0.3rem; }
    .files .comparison, .share svg { min-width: 0; }
    table.files tbody th, .files td.when, .files td:first-child, .statuses td.share, table.origins tbody th { width: auto; }
    .statuses td, .packages td { white-space: normal; }
    .statuses td.share { display: none; }
    .nested th { padding-left: 1rem; }
    .stacks [data-label]::before { content: attr(data-label); display: inline-block; min-width: 7rem; color: var(--quiet); }
  }
  @media print {
    :root {
      --paper: #ffffff; --ink: #000000; --quiet: #444444; --line: #bbbbbb; --soft: #ffffff; --link: #000000;
      --good: #17653a; --bad: #a01f1a; --open: #745000; --proven: #2f7d55;
      --good-soft: #ffffff; --bad-soft: #ffffff; --open-soft: #ffffff;
    }
    body { max-width: none; padding: 0; font-size: 9.5pt; }
    nav, .skip { display: none; }
    details::details-content { content-visibility: visible; display: block; height: auto; }
    .scroll { overflow: visible; }
    table { min-width: 0 !important; }
    thead { display: table-header-group; }
    tr, .finding, figure > svg, .plot, .checks > li, .alarm, .both > .one { break-inside: avoid; }
    tr:has(details) { break-inside: auto; }
    .stage + .stage::before, .stage + .stage::after { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
    h2, h3, h4, h5, caption, summary { break-after: avoid; }
    svg, .key { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
    a { text-decoration: none; }
  }

  """
