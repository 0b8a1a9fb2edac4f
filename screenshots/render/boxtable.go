package render

// boxArms tells for U+2500 to U+257F which lines meet in the middle of the cell: up, right, down,
// left; l light, h heavy, d double, a dot for none. Dashes, arcs and diagonals (----) are drawn on
// their own. Made from the characters' names in Unicode.
const boxArms = "" +
	".l.l .h.h l.l. h.h. ---- ---- ---- ---- " + // 2500 ─━│┃┄┅┆┇
	"---- ---- ---- ---- .ll. .hl. .lh. .hh. " + // 2508 ┈┉┊┋┌┍┎┏
	"..ll ..lh ..hl ..hh ll.. lh.. hl.. hh.. " + // 2510 ┐┑┒┓└┕┖┗
	"l..l l..h h..l h..h lll. lhl. hll. llh. " + // 2518 ┘┙┚┛├┝┞┟
	"hlh. hhl. lhh. hhh. l.ll l.lh h.ll l.hl " + // 2520 ┠┡┢┣┤┥┦┧
	"h.hl h.lh l.hh h.hh .lll .llh .hll .hlh " + // 2528 ┨┩┪┫┬┭┮┯
	".lhl .lhh .hhl .hhh ll.l ll.h lh.l lh.h " + // 2530 ┰┱┲┳┴┵┶┷
	"hl.l hl.h hh.l hh.h llll lllh lhll lhlh " + // 2538 ┸┹┺┻┼┽┾┿
	"hlll llhl hlhl hllh hhll llhh lhhl hhlh " + // 2540 ╀╁╂╃╄╅╆╇
	"lhhh hlhh hhhl hhhh ---- ---- ---- ---- " + // 2548 ╈╉╊╋╌╍╎╏
	".d.d d.d. .dl. .ld. .dd. ..ld ..dl ..dd " + // 2550 ═║╒╓╔╕╖╗
	"ld.. dl.. dd.. l..d d..l d..d ldl. dld. " + // 2558 ╘╙╚╛╜╝╞╟
	"ddd. l.ld d.dl d.dd .dld .ldl .ddd ld.d " + // 2560 ╠╡╢╣╤╥╦╧
	"dl.l dd.d ldld dldl dddd ---- ---- ---- " + // 2568 ╨╩╪╫╬╭╮╯
	"---- ---- ---- ---- ...l l... .l.. ..l. " + // 2570 ╰╱╲╳╴╵╶╷
	"...h h... .h.. ..h. .h.l l.h. .l.h h.l. " //  2578 ╸╹╺╻╼╽╾╿
