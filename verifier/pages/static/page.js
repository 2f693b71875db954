"use strict";
// Looks whether something has happened, and asks a wallet by the Digital Credentials API where there is one.
(function () {
  var path = document.body.getAttribute("data-path");
  var status = document.getElementById("status");
  var button = document.getElementById("browser");
  var failed = document.getElementById("failed");

  function send(method, address, body, then, otherwise) {
    var call = new XMLHttpRequest();
    call.open(method, path + address);
    if (body !== null) { call.setRequestHeader("Content-Type", "application/json"); }
    call.onload = function () {
      var found = null;
      if (call.status === 200) { try { found = JSON.parse(call.responseText); } catch (error) { found = null; } }
      if (found === null) { otherwise(); } else { then(found); }
    };
    call.onerror = otherwise;
    call.send(body === null ? null : JSON.stringify(body));
  }

  function look() {
    send("GET", "/status", null, function (found) {
      var fetched = status ? status.getAttribute("data-fetched") : null;
      if (found.onward) { location.assign(path + "/onward"); }
      else if (found.ended || (fetched !== null && String(found.fetched) !== fetched)) { location.reload(); }
      else { setTimeout(look, 1500); }
    }, function () { setTimeout(look, 5000); });
  }
  if (status) { setTimeout(look, 1500); }

  function supported() {
    return typeof window.DigitalCredential !== "undefined" && navigator.credentials && navigator.credentials.get;
  }
  function allowed(protocol) {
    var ask = window.DigitalCredential.userAgentAllowsProtocol;
    return typeof ask !== "function" || ask.call(window.DigitalCredential, protocol);
  }
  function fail() { failed.hidden = false; button.disabled = false; }

  if (button && supported()) {
    button.parentNode.hidden = false;
    button.addEventListener("click", function () {
      button.disabled = true;
      failed.hidden = true;
      send("POST", "/browser", {}, function (asked) {
        if (!allowed(asked.protocol)) { fail(); return; }
        navigator.credentials.get({ mediation: "required", digital: { requests: [asked] } }).then(function (found) {
          send("POST", "/browser/answer", { protocol: found.protocol, data: found.data }, look, function () {
            location.reload();
          });
        }, fail);
      }, fail);
    });
  }
}());
