(function () {
  "use strict";
  // a c: code, n: name, g: wards and the like, p: people, d: path, u: how sure, m: by measure [rank, tenth, score, hot], s: sentences
  var data = JSON.parse(document.getElementById("data").textContent);
  var areas = data.areas, MOST = 12, SVG = "http://www.w3.org/2000/svg";
  var state = { measure: 0, chosen: -1, order: [], key: 2, down: false };
  var map = byId("map"), view = null, paths = [], rows = [], middles = null, halo = document.createElementNS(SVG, "path");

  function byId(id) { return document.getElementById(id); }
  function make(name, text, parent, kind) {
    var one = document.createElement(name);
    if (text !== null && text !== undefined) { one.textContent = text; }
    if (kind) { one.className = kind; }
    if (parent) { parent.appendChild(one); }
    return one;
  }
  function clear(one) { while (one.firstChild) { one.removeChild(one.firstChild); } }
  function whole(number) { return number === null ? "–" : Math.round(number).toLocaleString("en-GB"); }
  function score(number) { return number === null ? "–" : number.toFixed(2); }
  function plain(text) { return text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, ""); }
  function tight(text) { return text.toUpperCase().replace(/\s+/g, ""); }
  function spot(value) { return value === null ? "–" : value ? "yes" : "no"; }
  function link(text, place, parent) {
    var one = make("button", text, parent, "link");
    one.type = "button";
    one.dir = "auto";
    one.addEventListener("click", function () { choose(place, true); });
    return one;
  }

  // --- the map
  function drawMap() {
    areas.forEach(function (area, place) {
      var path = document.createElementNS(SVG, "path");
      path.setAttribute("id", "a" + place);
      path.setAttribute("d", area.d || "M0 0");
      path.setAttribute("role", "option");
      path.setAttribute("aria-selected", "false");
      path.addEventListener("click", function () { if (!dragged) { choose(place, false); } });
      map.appendChild(path);
      paths.push(path);
    });
    halo.setAttribute("class", "halo");
    halo.setAttribute("role", "presentation");
    look([0, 0, data.size[0], data.size[1]]);
  }
  function paint() {
    areas.forEach(function (area, place) {
      var one = area.m[state.measure];
      paths[place].setAttribute("class", "t" + (one[1] || 0));
      paths[place].setAttribute("aria-label", area.n + ", " + (one[0] === null ? "not ranked" :
        "rank " + whole(one[0]) + ", tenth " + one[1]));
    });
  }
  function look(box) {
    view = box;
    map.setAttribute("viewBox", box.join(" "));
    // The lines over what has no rank stay as far apart on the screen.
    byId("unranked").setAttribute("patternTransform", "rotate(45) scale(" + box[2] / (map.clientWidth || 800) + ")");
  }
  function middle(place) {
    var box = paths[place].getBBox();
    return [box.x + box.width / 2, box.y + box.height / 2, Math.max(box.width, box.height)];
  }
  function zoom(factor) {
    var at = state.chosen >= 0 ? middle(state.chosen) : [view[0] + view[2] / 2, view[1] + view[3] / 2];
    var width = Math.min(view[2] * factor, data.size[0]), height = width * data.size[1] / data.size[0];
    if (width === data.size[0]) { look([0, 0, width, height]); return; }
    look([at[0] - width / 2, at[1] - height / 2, width, height]);
  }
  function show(place) {
    var at = middle(place), least = at[2] * 12;
    if (view[2] > least) {
      look([at[0] - least / 2, at[1] - least / 2, least, least]);
    } else if (at[0] < view[0] || at[0] > view[0] + view[2] || at[1] < view[1] || at[1] > view[1] + view[3]) {
      look([at[0] - view[2] / 2, at[1] - view[3] / 2, view[2], view[3]]);
    }
  }
  function step(key) {
    var sign = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    var own, best = -1, least = Infinity;
    middles = middles || areas.map(function (_, place) { return middle(place); });
    if (state.chosen < 0) { choose(state.order[0], false); return; }
    own = middles[state.chosen];
    middles.forEach(function (other, place) {
      var x = other[0] - own[0], y = other[1] - own[1];
      var along = x * sign[0] + y * sign[1], aside = Math.abs(x * sign[1]) + Math.abs(y * sign[0]);
      if (place !== state.chosen && areas[place].d && along > 0 && aside <= along && along + 2 * aside < least) {
        least = along + 2 * aside;
        best = place;
      }
    });
    if (best >= 0) { choose(best, false); }
  }
  var held = null, dragged = false;
  map.addEventListener("pointerdown", function (event) { held = [event.clientX, event.clientY, view.slice()]; dragged = false; });
  map.addEventListener("pointermove", function (event) {
    var scale, x, y;
    if (!held || event.pointerType === "touch") { return; }
    x = event.clientX - held[0];
    y = event.clientY - held[1];
    if (Math.abs(x) + Math.abs(y) > 4) { dragged = true; }
    scale = Math.max(held[2][2] / map.clientWidth, held[2][3] / map.clientHeight);
    if (dragged) { look([held[2][0] - x * scale, held[2][1] - y * scale, held[2][2], held[2][3]]); }
  });
  window.addEventListener("pointerup", function () { held = null; });
  map.addEventListener("keydown", function (event) {
    if (event.key.indexOf("Arrow") === 0) { event.preventDefault(); step(event.key); }
    if (event.key === "+" || event.key === "=") { zoom(0.5); }
    if (event.key === "-") { zoom(2); }
    if (event.key === "Home" || event.key === "End") {
      event.preventDefault();
      choose(state.order[event.key === "Home" ? 0 : state.order.length - 1], false);
    }
  });
  byId("in").addEventListener("click", function () { zoom(0.5); });
  byId("out").addEventListener("click", function () { zoom(2); });
  byId("whole").addEventListener("click", function () { look([0, 0, data.size[0], data.size[1]]); });

  // --- the search
  function postcode(text) {
    var wanted = tight(text), found = [], width = 3 + data.digits;
    if (!/\d/.test(wanted) || wanted.length < 3) { return found; }
    Object.keys(data.postcodes).forEach(function (first) {
      var list = data.postcodes[first], at, whole_;
      if (wanted.indexOf(first) !== 0 && first.indexOf(wanted) !== 0) { return; }
      for (at = 0; at < list.length && found.length <= MOST; at += width) {
        whole_ = first + list.substr(at, 3);
        if (whole_.indexOf(wanted) === 0) {
          found.push([parseInt(list.substr(at + 3, data.digits), 36), first + " " + list.substr(at, 3)]);
        }
      }
    });
    return found;
  }
  function search() {
    var text = byId("query").value.trim(), wanted = plain(text), found = [], list = byId("results");
    clear(list);
    if (wanted.length > 1) {
      areas.forEach(function (area, place) {
        var ward = area.g.filter(function (name) { return plain(name).indexOf(wanted) >= 0; })[0];
        if (plain(area.n).indexOf(wanted) >= 0 || area.c.toLowerCase() === wanted) {
          found.push([place, area.g.join(", ")]);
        } else if (ward !== undefined) { found.push([place, ward]); }
      });
      found = postcode(text).concat(found);
    }
    found.slice(0, MOST).forEach(function (one) {
      var line = make("li", null, list);
      link(areas[one[0]].n, one[0], line);
      if (one[1]) { make("span", " " + one[1], line).dir = "auto"; }
    });
    byId("count").textContent = wanted.length < 2 ? "" : found.length === 0 ? "Nothing found." : found.length > MOST ?
      "The first " + MOST + " are shown; write more to find fewer." : found.length + " found.";
  }
  byId("query").addEventListener("input", search);
  byId("query").addEventListener("keydown", function (event) {
    var first = byId("results").querySelector("button");
    if (event.key === "Enter" && first) { first.click(); }
  });

  // --- the chosen area
  function sentence(one, parent) {
    var text = one[0], place = 0;
    one[1].forEach(function (figure) {
      var at = text.indexOf(figure[1], place), number;
      if (at < 0) { return; }
      parent.appendChild(document.createTextNode(text.slice(place, at)));
      number = make("data", figure[1], parent);
      number.value = figure[1];
      number.title = "Column " + figure[0];
      place = at + figure[1].length;
    });
    parent.appendChild(document.createTextNode(text.slice(place) + " "));
  }
  function profile(place) {
    var area = areas[place], box = byId("profile"), words, table, head, body;
    byId("chosen-title").textContent = area.n;
    clear(box);
    make("p", area.c + (area.g.length ? ", " + area.g.join(", ") : ""), box, "small").dir = "auto";
    words = make("p", null, box);
    words.dir = "auto";
    area.s.forEach(function (one) { sentence(one, words); });
    table = make("table", null, box);
    make("caption", "Scores from 0 to 100, ranks and tenths among all ranked areas", table);
    head = make("tr", null, make("thead", null, table));
    ["Measure", "Score", "", "Rank", "Tenth"].forEach(function (text, column) {
      var cell = make(text ? "th" : "td", text, head, column && text ? "number" : "");
      if (text) { cell.scope = "col"; }
    });
    body = make("tbody", null, table);
    data.measures.forEach(function (measure, number) {
      var one = area.m[number], row = make("tr", null, body), bar;
      make("th", measure.title, row).scope = "row";
      make("td", score(one[2]), row, "number");
      bar = make("span", null, make("span", null, make("td", null, row), "bar"));
      bar.style.width = (one[2] || 0) + "%";
      make("td", whole(one[0]), row, "number");
      make("td", whole(one[1]), row, "number");
    });
  }
  function mark(place, on) {
    paths[place].setAttribute("aria-selected", String(on));
    rows[place].className = on ? "chosen" : "";
  }
  function choose(place, from) {
    if (state.chosen >= 0) { mark(state.chosen, false); }
    state.chosen = place;
    halo.setAttribute("d", areas[place].d || "M0 0");
    map.appendChild(halo);
    map.appendChild(paths[place]);
    map.setAttribute("aria-activedescendant", "a" + place);
    mark(place, true);
    show(place);
    profile(place);
    remember();
    if (from) {
      byId("chosen").scrollIntoView({ block: "nearest" });
    }
  }

  // --- the table, equal to the map
  var columns = [
    ["Area", function (area) { return area.n; }, false],
    ["People", function (area) { return area.p; }, true, whole],
    ["Rank", function (area) { return area.m[state.measure][0]; }, true, whole],
    ["Tenth", function (area) { return area.m[state.measure][1]; }, true, whole],
    ["Score", function (area) { return area.m[state.measure][2]; }, true, score],
    ["Hot spot", function (area) { return area.m[state.measure][3]; }, false, spot]
  ];
  if (data.sure) { columns.push(["How sure (overall)", function (area) { return area.u; }, false]); }
  function drawTable() {
    var head = byId("table").tHead.rows[0], body = byId("table").tBodies[0];
    columns.forEach(function (column, number) {
      var cell = make("th", null, head, column[2] ? "number" : ""), button = make("button", column[0], cell);
      cell.scope = "col";
      button.type = "button";
      button.addEventListener("click", function () {
        state.down = state.key === number && !state.down;
        state.key = number;
        sort();
      });
    });
    areas.forEach(function (area, place) {
      var row = make("tr", null, body), first = make("th", null, row);
      first.scope = "row";
      link(area.n, place, first);
      columns.slice(1).forEach(function (column) { make("td", null, row, column[2] ? "number" : ""); });
      rows.push(row);
    });
  }
  function fill() {
    var title = data.measures[state.measure].title;
    areas.forEach(function (area, place) {
      columns.slice(1).forEach(function (column, number) {
        rows[place].cells[number + 1].textContent = column[3] ? column[3](column[1](area)) : column[1](area);
      });
    });
    byId("caption").textContent = title + ": " + whole(areas.length) + " areas. Rank 1 is the highest need of all areas in the index.";
    byId("map-title").textContent = "Map: " + title;
    sort();
    paint();
  }
  function sort() {
    var value = columns[state.key][1], body = byId("table").tBodies[0];
    state.order = areas.map(function (_, place) { return place; }).sort(function (one, other) {
      var a = value(areas[one]), b = value(areas[other]), order;
      if (a === null || b === null) { return (a === null) - (b === null) || one - other; }
      order = typeof a === "string" ? a.localeCompare(b, "en-GB", { numeric: true }) : a - b;
      return (state.down ? -order : order) || one - other;
    });
    state.order.forEach(function (place) { body.appendChild(rows[place]); });
    Array.prototype.forEach.call(byId("table").tHead.rows[0].cells, function (cell, number) {
      if (number === state.key) { cell.setAttribute("aria-sort", state.down ? "descending" : "ascending"); } else { cell.removeAttribute("aria-sort"); }
    });
  }

  // --- the link that leads back: #code,measure
  function remember() {
    var code = state.chosen >= 0 ? encodeURIComponent(areas[state.chosen].c) : "";
    history.replaceState(null, "", "#" + code + "," + data.measures[state.measure].id);
  }
  function recall() {
    var parts = location.hash.slice(1).split(","), code = "", place;
    try { code = decodeURIComponent(parts[0] || ""); } catch (error) { code = ""; }
    data.measures.forEach(function (one, number) { if (one.id === parts[1]) { state.measure = number; } });
    byId("measure").selectedIndex = state.measure;
    fill();
    place = areas.map(function (area) { return area.c; }).indexOf(code);
    if (place >= 0 && place !== state.chosen) { choose(place, false); }
  }
  data.measures.forEach(function (one) { make("option", one.title, byId("measure")); });
  byId("measure").addEventListener("change", function () { state.measure = byId("measure").selectedIndex; fill(); remember(); });
  window.addEventListener("hashchange", recall);
  drawMap();
  drawTable();
  recall();
}());
