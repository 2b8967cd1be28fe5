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
