(function () {
  "use strict";
  function read(row, column) {
    var text = row.cells[column].textContent.trim();
    var number = parseFloat(text.replace(/,/g, ""));
    return { text: text, number: number };
  }
  function sort(table, header, column) {
    var down = header.getAttribute("aria-sort") === "ascending";
    var numeric = header.classList.contains("number");
    var body = table.tBodies[0];
    var rows = Array.prototype.slice.call(body.rows);
    rows.sort(function (one, other) {
      var a = read(one, column), b = read(other, column);
      if (numeric && isNaN(a.number) !== isNaN(b.number)) { return isNaN(a.number) ? 1 : -1; }
      var order = numeric && !isNaN(a.number) ? a.number - b.number : a.text.localeCompare(b.text);
      return down ? -order : order;
    });
    rows.forEach(function (row) { body.appendChild(row); });
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (cell) { cell.removeAttribute("aria-sort"); });
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
  }
  function find(table) {
    var label = document.createElement("label"), input = document.createElement("input");
    var said = document.createElement("output"), rows = table.tBodies[0].rows;
    label.className = "find";
    label.textContent = table.getAttribute("data-find");
    input.type = "search";
    label.appendChild(input);
    label.appendChild(said);
    table.parentNode.parentNode.insertBefore(label, table.parentNode);
    input.addEventListener("input", function () {
      var wanted = input.value.trim().toLowerCase(), shown = 0;
      Array.prototype.forEach.call(rows, function (row) {
        row.hidden = row.textContent.toLowerCase().indexOf(wanted) < 0;
        shown += row.hidden ? 0 : 1;
      });
      said.textContent = wanted ? shown + " of " + rows.length : "";
    });
  }
  Array.prototype.forEach.call(document.querySelectorAll("table[data-find]"), find);
  Array.prototype.forEach.call(document.querySelectorAll("table.sortable"), function (table) {
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (header, column) {
      var button = document.createElement("button");
      button.type = "button";
      while (header.firstChild) { button.appendChild(header.firstChild); }
      header.appendChild(button);
      button.addEventListener("click", function () { sort(table, header, column); });
    });
  });
}());
