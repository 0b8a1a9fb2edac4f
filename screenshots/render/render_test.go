package render_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"pikedash/screenshots/render"
	"pikedash/ui/uitest"
)

// frame makes a screen from lines of single-width characters, all in one style.
func frame(style uitest.Cell, lines ...string) *uitest.Frame {
	f := &uitest.Frame{Height: len(lines)}
	for _, l := range lines {
		f.Width = max(f.Width, len([]rune(l)))
	}
	for _, l := range lines {
		letters := []rune(l)
		for x := range f.Width {
			c := style
			c.Width, c.Text = 1, " "
			if x < len(letters) {
				c.Text = string(letters[x])
			}
			f.Cells = append(f.Cells, c)
		}
	}
	return f
}

// requireGolden compares got with the file testdata/TEST.golden; -update writes it.
func requireGolden(t *testing.T, got string) {
	t.Helper()
	path := filepath.Join("testdata", t.Name()+".golden")
	if flag.Lookup("update").Value.String() == "true" {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func renderer(t *testing.T) *render.Renderer {
	t.Helper()
	r, err := render.New(render.Dark())
	require.NoError(t, err)
	return r
}

func decodedPNG(t *testing.T, f *uitest.Frame, title string) image.Image {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, renderer(t).PNG(&b, f, title))
	img, err := png.Decode(&b)
	require.NoError(t, err)
	return img
}

// sample has one of everything: colours of all kinds, attributes, lines, blocks, braille, symbols.
func sample() *uitest.Frame {
	f := frame(uitest.Cell{}, "┏━┓Ab⣿▚", "┗━┛é◐␊ ", "漢 ░▒▓─╮")
	set := func(x, y int, change func(*uitest.Cell)) { change(&f.Cells[y*f.Width+x]) }
	set(3, 0, func(c *uitest.Cell) { c.Fg = uitest.Color{Kind: uitest.RGBColor, R: 250, G: 128, B: 1} })
	set(4, 0, func(c *uitest.Cell) { c.Bg, c.Attr = uitest.Color{Kind: uitest.IndexedColor, Index: 1}, uitest.Bold })
	set(5, 0, func(c *uitest.Cell) { c.Fg = uitest.Color{Kind: uitest.IndexedColor, Index: 208} })
	set(3, 1, func(c *uitest.Cell) { c.Attr, c.Underline = uitest.Italic|uitest.Reverse, uitest.CurlyUnderline })
	set(4, 1, func(c *uitest.Cell) { c.Attr = uitest.Faint | uitest.Strike })
	set(0, 2, func(c *uitest.Cell) {
		c.Text, c.Width, c.Bg = " ", 2, uitest.Color{Kind: uitest.IndexedColor, Index: 4}
	})
	set(1, 2, func(c *uitest.Cell) { *c = uitest.Cell{} })
	return f
}

func TestSVGGolden(t *testing.T) {
	var first, second bytes.Buffer
	require.NoError(t, renderer(t).SVG(&first, sample(), "a <title> & more"))
	r := renderer(t)
	require.NoError(t, r.SVG(&second, sample(), "a <title> & more"))
	require.Equal(t, first.String(), second.String(), "the same frame gives the same bytes")
	second.Reset()
	require.NoError(t, r.SVG(&second, sample(), "a <title> & more"))
	require.Equal(t, first.String(), second.String(), "whatever the renderer drew before")
	requireGolden(t, first.String())

	d := xml.NewDecoder(&first)
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err, "well-formed")
	}
}

// pixels draws a picture with one character for each pixel: how far it is from the background.
func pixels(img image.Image, ground color.RGBA) string {
	var b strings.Builder
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
		var line strings.Builder
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			c := color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)
			d := max(distance(c.R, ground.R), distance(c.G, ground.G), distance(c.B, ground.B))
			line.WriteByte(" .:-=+*#%@"[d*9/255])
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}

func distance(a, b uint8) int { return max(int(a), int(b)) - min(int(a), int(b)) }

func TestPixelsGolden(t *testing.T) {
	requireGolden(t, pixels(decodedPNG(t, sample(), ""), render.Dark().Background))
}

func TestPNGIsStable(t *testing.T) {
	var first, second bytes.Buffer
	require.NoError(t, renderer(t).PNG(&first, sample(), "title"))
	require.NoError(t, renderer(t).PNG(&second, sample(), "title"))
	require.Equal(t, first.Bytes(), second.Bytes())
}

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write the golden files anew")
	flag.Parse()
	os.Exit(m.Run())
}

func TestWindow(t *testing.T) {
	img := decodedPNG(t, frame(uitest.Cell{}, "x"), "t")
	require.Equal(t, image.Rect(0, 0, 17+48, 36+44+48), img.Bounds())
	_, _, _, alpha := img.At(0, 0).RGBA()
	require.Zero(t, alpha, "the corners are round")
	require.Equal(t, render.Dark().Bar, color.RGBAModel.Convert(img.At(32, 2)))
	require.Equal(t, render.Dark().Background, color.RGBAModel.Convert(img.At(32, 50)))
}

func TestColors(t *testing.T) {
	dark := render.Dark()
	red := uitest.Color{Kind: uitest.IndexedColor, Index: 1}
	rgb := uitest.Color{Kind: uitest.RGBColor, R: 10, G: 20, B: 30}
	for name, c := range map[string]struct {
		cell uitest.Cell
		want color.RGBA
	}{
		"default":     {uitest.Cell{}, dark.Foreground},
		"palette":     {uitest.Cell{Fg: red}, dark.Palette[1]},
		"cube":        {uitest.Cell{Fg: uitest.Color{Kind: uitest.IndexedColor, Index: 208}}, color.RGBA{255, 135, 0, 255}},
		"grey":        {uitest.Cell{Fg: uitest.Color{Kind: uitest.IndexedColor, Index: 244}}, color.RGBA{128, 128, 128, 255}},
		"rgb":         {uitest.Cell{Fg: rgb}, color.RGBA{10, 20, 30, 255}},
		"reverse":     {uitest.Cell{Fg: red, Bg: rgb, Attr: uitest.Reverse}, color.RGBA{10, 20, 30, 255}},
		"reverse dft": {uitest.Cell{Attr: uitest.Reverse}, dark.Background},
		"faint":       {uitest.Cell{Fg: uitest.Color{Kind: uitest.RGBColor, R: 255, G: 255, B: 255}, Bg: uitest.Color{Kind: uitest.RGBColor}, Attr: uitest.Faint}, color.RGBA{153, 153, 153, 255}},
		"conceal":     {uitest.Cell{Fg: red, Bg: rgb, Attr: uitest.Conceal}, color.RGBA{10, 20, 30, 255}},
	} {
		t.Run(name, func(t *testing.T) {
			img := decodedPNG(t, frame(c.cell, "█"), "")
			require.Equal(t, c.want, color.RGBAModel.Convert(img.At(8, 18)))
		})
	}
}

func TestDecorations(t *testing.T) {
	plain := decodedPNG(t, frame(uitest.Cell{}, " "), "")
	for name, c := range map[string]uitest.Cell{
		"single": {Underline: uitest.SingleUnderline}, "double": {Underline: uitest.DoubleUnderline},
		"curly": {Underline: uitest.CurlyUnderline}, "dotted": {Underline: uitest.DottedUnderline},
		"dashed": {Underline: uitest.DashedUnderline}, "strike": {Attr: uitest.Strike},
	} {
		img := decodedPNG(t, frame(c, " "), "")
		require.NotEqual(t, plain, img, name)
	}
	c := uitest.Cell{Underline: uitest.SingleUnderline, UnderColor: uitest.Color{Kind: uitest.RGBColor, R: 1, G: 2, B: 3}}
	require.Equal(t, color.RGBA{1, 2, 3, 255}, color.RGBAModel.Convert(decodedPNG(t, frame(c, " "), "").At(8, 31)))
}

func TestMissingGlyphs(t *testing.T) {
	r := renderer(t)
	f := frame(uitest.Cell{}, "a漢b字⏳")
	err := r.PNG(io.Discard, f, "")
	var missing *render.MissingError
	require.ErrorAs(t, err, &missing)
	require.Equal(t, []rune{'⏳', '字', '漢'}, missing.Runes)
	require.ErrorContains(t, err, "U+6F22 漢")
	require.ErrorAs(t, r.SVG(io.Discard, f, ""), &missing)
	require.NoError(t, r.SVG(io.Discard, frame(uitest.Cell{}, "fine"), ""), "an earlier frame's glyphs are not held against this one")
}

func TestGIF(t *testing.T) {
	a, b := frame(uitest.Cell{}, "hello world", "..........."), frame(uitest.Cell{}, "hello there", "...........")
	stills := []render.Still{{Frame: a, Stay: time.Second}, {Frame: b, Stay: 250 * time.Millisecond}, {Frame: b, Stay: 30 * time.Millisecond}}
	var first, second bytes.Buffer
	require.NoError(t, renderer(t).GIF(&first, stills, "t"))
	require.NoError(t, renderer(t).GIF(&second, stills, "t"))
	require.Equal(t, first.Bytes(), second.Bytes())

	g, err := gif.DecodeAll(&first)
	require.NoError(t, err)
	require.Equal(t, []int{100, 25, 3}, g.Delay)
	full := g.Image[0].Bounds()
	require.Equal(t, (11*17+48)/2, full.Dx())
	changed := g.Image[1].Bounds()
	require.Less(t, changed.Dx(), full.Dx()/2, "only what differs is stored")
	require.Less(t, changed.Dy(), 20)
	require.Equal(t, 1, g.Image[2].Bounds().Dx(), "nothing differs")

	err = renderer(t).GIF(io.Discard, []render.Still{{Frame: a}, {Frame: frame(uitest.Cell{}, "x")}}, "t")
	require.ErrorContains(t, err, "another size")
}

func TestText(t *testing.T) {
	var b strings.Builder
	require.NoError(t, render.Text(&b, frame(uitest.Cell{}, "ab  ", "", "c")))
	require.Equal(t, "ab\n\nc\n", b.String())
}
