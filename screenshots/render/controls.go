package render

// controlNames are the abbreviations of U+2400 to U+2421, as their pictures show them.
const controlNames = "NULSOHSTXETXEOTENQACKBELBS HT LF VT FF CR SO SI DLEDC1DC2DC3DC4NAKSYNETBCANEM SUBESCFS GS RS US SP DEL"

// controlOutline draws the picture of a control character, such as ␊: its abbreviation in small
// letters along a falling line. No built-in font has these.
func (f *fonts) controlOutline(r rune) (*outline, error) {
	if r < 0x2400 || r > 0x2421 {
		return nil, nil
	}
	const scale, top = 0.45, 7
	name := controlNames[(r-0x2400)*3:][:3]
	step, count := float32(5), 3
	if name[2] == ' ' {
		step, count = 7, 2
	}
	o := &outline{}
	for i := range count {
		letter, err := f.outline(glyphKey{letter: rune(name[i]), style: regular, columns: 1})
		if err != nil {
			return nil, err
		}
		for _, s := range letter.segments {
			for j := range s.at[:s.points()] {
				s.at[j] = point{s.at[j].x*scale + step*float32(i), s.at[j].y*scale + top + (step+1)*float32(i)}
			}
			o.segments = append(o.segments, s)
		}
	}
	return o, nil
}
