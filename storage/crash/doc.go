// Package crash lets a test build of the node (build tag "faults") die at a named
// step of what it stores, and tells which steps it went through. In every other build
// its functions are empty and vanish where they are called.
//
// A step is named for what it stores: "purchase/paying" for a row of the records,
// "keys/purchase.sealed/write" for a file. PRIVD_STEPS names a file to which every step
// is added as it is passed. PRIVD_CRASH is STEP[:before|:after][:n]: right before or
// after (the default) the step is stored for the nth time in this process's life, the
// process kills itself as kill -9 does. PRIVD_CRASH=@FILE reads such lines (without n)
// from a file that may change at any time; a line is taken out before it is acted upon,
// so that a node that is started again goes on, and every name of what it died at is
// added to FILE.fired.
package crash
