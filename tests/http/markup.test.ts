import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markup, trusted } from '../../src/http/markup.ts';

describe('markup', () => {
  it('escapes what is inserted and keeps what is markup already', () => {
    const name = `<script>alert("1")</script> & 'co'`;
    expect(
      markup`<b title="${name}">${[markup`<i>${name}</i>`, trusted('<hr>')]}</b>${undefined}${false}${0}`.text,
    ).toBe(
      '<b title="&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;co&#39;"><i>&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;co&#39;</i><hr></b>0',
    );
  });

  it('never lets an inserted text open a tag or leave an attribute', () => {
    fc.assert(fc.property(fc.string(), (text) => !/[<>"']/.test(markup`${text}`.text)));
  });
});
