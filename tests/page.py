"""Is a page what sv-stats --html promises?

page.py FILE prints what is wrong with the page and ends with 1, or prints its
text and ends with 0.
"""
import re
import sys
from html.parser import HTMLParser

VOID = {'meta', 'br', 'link', 'img', 'hr', 'input', 'source'}
FOREIGN = {'path', 'polygon', 'circle', 'rect', 'use'}
BAD = {'script', 'iframe', 'object', 'embed', 'link', 'base', 'form', 'img',
       'foreignobject', 'image', 'audio', 'video'}


class Page(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.stack, self.wrong, self.ids, self.links = [], [], [], []
        self.lang = self.viewport = self.svgs = 0
        self.texts, self.titles = [], []
        self.count = {}
        self.style = ''

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        self.count[tag] = self.count.get(tag, 0) + 1
        if len(a) != len(attrs):
            self.wrong.append(f'{tag}: an attribute twice')
        if tag in BAD:
            self.wrong.append(f'<{tag}>')
        self.lang |= tag == 'html' and a.get('lang') == 'en'
        self.viewport |= tag == 'meta' and a.get('name') == 'viewport'
        for k, v in attrs:
            if k.startswith('on') or k in ('style', 'src', 'srcset'):
                self.wrong.append(f'{tag} {k}')
            if k == 'href':
                self.links.append(v)
            if v and re.search(r'(?i)javascript:|data:|https?:|url\(', v):
                self.wrong.append(f'{tag} {k}={v}')
            if k == 'id':
                self.ids.append(v)
        if tag == 'svg':
            self.svgs += 1
            self.titles.append(0)
            if a.get('aria-hidden') != 'true' and (
                    a.get('role') != 'img' or not a.get('aria-label')):
                self.wrong.append('svg without a name')
        if tag == 'title' and self.stack and self.stack[-1] == 'svg':
            self.titles[-1] += 1
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        if not self.stack or self.stack.pop() != tag:
            self.wrong.append(f'</{tag}> closes what is not open')

    def handle_data(self, data):
        if self.stack and self.stack[-1] == 'style':
            self.style += data
        else:
            self.texts.append(data)

    def handle_comment(self, data):
        self.wrong.append('a comment')


def main():
    text = open(sys.argv[1], encoding='utf-8').read()
    p = Page()
    p.feed(text)
    p.close()
    if not text.startswith('<!DOCTYPE html>\n'):
        p.wrong.append('no doctype')
    if p.stack:
        p.wrong.append(f'open at the end: {p.stack}')
    if not p.lang or not p.viewport:
        p.wrong.append('no language, or no viewport')
    if p.count.get('h1') != 1 or p.count.get('main') != 1:
        p.wrong.append('not one h1 and one main')
    if len(set(p.ids)) != len(p.ids):
        p.wrong.append('ids are not unique')
    if any(n != 1 for n in p.titles):
        p.wrong.append('svg without a title, or with two')
    for h in p.links:
        if not h.startswith('#') or h[1:] not in p.ids:
            p.wrong.append(f'a link to {h}')
    if re.search(r'(?i)url\(|@import|expression|</', p.style):
        p.wrong.append('the style loads something')
    names = set(re.findall(r'var\(--([a-z]+)\)', text))
    for n in sorted(names):
        # Each colour of a light page and of a dark one.
        if len(re.findall(rf'--{n}:#[0-9a-f]{{6}}\b', p.style)) != 2:
            p.wrong.append(f'the colour {n} has not two themes')
    if 'rgb(' in text or re.search(r'(fill|stroke)="#', text):
        p.wrong.append('a colour that has no theme')
    for w in p.wrong[:20]:
        print('wrong:', w)
    if p.wrong:
        sys.exit(1)
    print('\n'.join(p.texts))


main()
