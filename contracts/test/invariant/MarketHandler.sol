// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketBase} from "../market/MarketBase.sol";
import {Deal, Order, Retire, Sale, SignedReceipt, Status, Terms} from "../../src/IMarket.sol";
import {Sig} from "../../src/Signed.sol";

/// @notice Calls everything the market has at random, in good and bad forms and from anybody, and keeps a second set of
/// books of what should have come of it. Two sellers, two buyers and three listings; the treasury moves between four
/// accounts, one of them a seller.
///
/// Each call is made so that it may fail, and must fail exactly when the books say so. The checks compare the market
/// with the books, and try out what must be possible next; what they try is undone.
contract MarketHandler is MarketBase {
    struct Ghost {
        Sale sale;
        bytes32 id;
        bytes32 sealed_;
        bool right; // the sealed key is the committed one
        Status status;
        uint256 boughtAt;
        uint256 deadline;
    }

    /// @dev What calls came to, so that a test can tell that everything is reached.
    mapping(string outcome => uint256) public reached;

    // ------------------------------------------------------------ the books

    Ghost[] private ghosts;
    mapping(address account => uint256) private holds; // PRIV in the account
    mapping(address account => uint256) private income; // in the market, not withdrawn
    mapping(bytes32 key => uint256) private until; // access
    mapping(bytes32 key => uint256) private minimum; // version
    address private treasurer;

    uint256 private paidIn;
    uint256 private paidBack;
    uint256 private toSellers;
    uint256 private toTreasuries;
    uint256 private withdrawn;
    uint256 private donated;

    // ------------------------------------------------------------ the people

    address[] private people; // all that are known: nobody else may have PRIV
    address[2] private buyers;
    address[2] private sellers;
    address[4] private treasurers;
    address[2] private strangers = [address(0xCAFE), address(0xBEEF)];
    uint256 private salts;

    constructor() {
        setUp();
        buyers = [buyer, vm.addr(7)];
        sellers = [seller, vm.addr(8)];
        treasurers = [treasury, address(0x7EA6), address(0x7EA7), seller];
        treasurer = treasury;
        token.transfer(buyers[1], 10_000e18);
        people =
            [address(this), buyers[0], buyers[1], sellers[0], sellers[1], treasurers[0], treasurers[1], treasurers[2]];
        people.push(sealer);
        people.push(delegate);
        people.push(strangers[0]);
        people.push(strangers[1]);
        for (uint256 i; i < people.length; ++i) {
            holds[people[i]] = token.balanceOf(people[i]);
        }
        for (uint256 i; i < 2; ++i) {
            vm.prank(buyers[i]);
            token.approve(address(market), type(uint256).max); // a stranger must not be able to use it
        }
    }

    function keyOf(address who) internal view override returns (uint256) {
        if (who == buyers[1]) return 7;
        if (who == sellers[1]) return 8;
        return super.keyOf(who);
    }

    /// @dev Sends a call as anybody: who does must not matter.
    function send(uint256 from, bytes memory data) private returns (bool ok) {
        vm.prank(people[from % people.length]);
        (ok,) = address(market).call(data);
    }

    // ------------------------------------------------------------ buying

    function purchase(uint256 who, uint256 what, uint256 price, uint256 window, bool right, uint8 flaw) external {
        flaw %= 20; // half of them have none
        Sale memory sale = offered(who, what, price, window, right, flaw);
        bool sound = flaw > 9 && mayBuy(sale);
        (uint8 v, bytes32 r, bytes32 s) = payment(sale);
        if (flaw == 9) {
            (v, r, s) = authorization(token, 63, address(market), sale.order.price, sale.terms.payBy, id(sale));
        }
        bool ok = send(who >> 8, abi.encodeCall(market.purchase, (sale, v, r, s)));
        vm.assertTrue(ok == sound, "bought exactly when it may be");
        ++reached[ok ? "purchase" : flaw > 9 ? "purchase refused" : "flawed purchase refused"];
        if (ok) bought(sale, right);
    }

    function purchaseDirect(uint256 who, uint256 what, uint256 price, bool right, uint8 flaw) external {
        flaw %= 18;
        Sale memory sale = offered(who, what, price, 1 days, right, flaw);
        bool sound = flaw > 8 && mayBuy(sale);
        address caller = who % 16 < 12 ? sale.terms.buyer : strangers[who % 2];
        vm.prank(caller);
        (bool ok,) = address(market).call(abi.encodeCall(market.purchaseDirect, (sale)));
        vm.assertTrue(ok == (sound && caller == sale.terms.buyer), "paid from an allowance exactly by its owner");
        ++reached[ok ? "purchaseDirect" : caller == sale.terms.buyer ? "purchaseDirect refused" : "allowance kept"];
        if (ok) bought(sale, right);
    }

    /// @dev A purchase that was made before, its payment included.
    function purchaseAgain(uint256 which, uint256 from) external {
        if (ghosts.length == 0) return;
        Sale memory sale = ghosts[which % ghosts.length].sale;
        (uint8 v, bytes32 r, bytes32 s) = payment(sale);
        vm.assertFalse(send(from, abi.encodeCall(market.purchase, (sale, v, r, s))));
        vm.prank(sale.terms.buyer);
        (bool ok,) = address(market).call(abi.encodeCall(market.purchaseDirect, (sale)));
        vm.assertFalse(ok);
    }

    function offered(uint256 who, uint256 what, uint256 price, uint256 window, bool right, uint8 flaw)
        private
        returns (Sale memory sale)
    {
        Order memory o = order();
        o.seller = sellers[who % 2];
        o.listing = bytes32(0x10 + what % 3);
        o.price = flaw == 0 ? 0 : bound(price, 1, 100e18);
        o.expiry = uint64(flaw == 1 ? block.timestamp - 1 : block.timestamp + what % 2 * 1 days);
        o.version = what % 8 == 0 ? 1 : type(uint64).max;
        Terms memory t = terms();
        t.buyer = flaw == 2 ? o.seller : buyers[(who >> 1) % 2];
        t.deliveryWindow = uint32(flaw == 3 ? bound(window, 7 days + 1, 30 days) : bound(window, 1 hours, 7 days));
        t.accessDays = uint32(flaw == 4 ? 366 : what % 16 == 1 ? 365 : 1 + what % 5);
        t.payBy = uint64(flaw == 5 ? block.timestamp : block.timestamp + 1);
        if (flaw == 6) t.delegate = address(0);
        t.salt = bytes32(++salts);
        sale = seal(o, t, right ? KEY : bytes32(uint256(0x4c)));
        if (flaw == 7) sale.orderSig = sign(63, typed(domain(), hash(o)));
        if (flaw == 8) sale.sealSig = sign(63, id(sale));
    }

    function mayBuy(Sale memory sale) private view returns (bool) {
        return block.timestamp > until[keyOf(sale)] && holds[sale.terms.buyer] >= sale.order.price
            && sale.order.version >= minimum[keccak256(abi.encode(sale.order.seller, sale.order.listing))];
    }

    function bought(Sale memory sale, bool right) private {
        bytes32 c = sealedKey(sale.order, sale.terms, right ? KEY : bytes32(uint256(0x4c)));
        ghosts.push(
            Ghost({
                sale: sale,
                id: id(sale),
                sealed_: c,
                right: right,
                status: Status.Purchased,
                boughtAt: block.timestamp,
                deadline: block.timestamp + sale.terms.deliveryWindow
            })
        );
        paidIn += sale.order.price;
        holds[sale.terms.buyer] -= sale.order.price;
        until[keyOf(sale)] = type(uint40).max;
    }

    // ------------------------------------------------------------ the ways out

    /// @dev A batch of good, bad and repeated receipts in any order.
    function settle(uint256 first, uint256 kinds, uint256 opened, uint256 from) external {
        if (ghosts.length == 0) return;
        SignedReceipt[] memory batch = new SignedReceipt[](1 + first % 5);
        bool any;
        bool bad;
        for (uint256 i; i < batch.length; ++i) {
            Ghost storage g = ghosts[pick(first / 5 + (kinds >> (8 * i)) % 3)];
            uint256 kind = (kinds >> (8 * i + 4)) % 16;
            uint256 openedAt = bound(opened, g.boughtAt, block.timestamp);
            if (kind == 0) openedAt = g.boughtAt - 1;
            if (kind == 1) openedAt = block.timestamp + 1 + opened % 30 days;
            batch[i] = receipt(g.sale, openedAt, kind == 2 ? SEALER_KEY : DELEGATE_KEY);
            if (kind == 3) batch[i].deal.seller = strangers[0]; // would be the one to gain
            if (kind < 4 || !open(g)) {
                bad = true;
                continue;
            }
            any = true;
            settled(g, openedAt);
        }
        vm.assertTrue(
            send(from, abi.encodeCall(market.settle, (batch))) == any, "I7: settled exactly when one was good"
        );
        ++reached[!any ? "settle refused" : bad ? "settle, some skipped" : "settle"];
    }

    function reveal(uint256 which, bool guess, uint256 from) external {
        if (ghosts.length == 0) return;
        Ghost storage g = ghosts[pick(which)];
        bool may = g.status == Status.Purchased && block.timestamp < g.deadline && !guess;
        bytes32 opener = guess ? keccak256("guess") : OPENER;
        bool ok = send(from, abi.encodeCall(market.reveal, (deal(g.sale), delivery(g.sale), opener)));
        vm.assertTrue(ok == may, "revealed exactly when it may be");
        ++reached[ok ? "reveal" : guess ? "guess refused" : "reveal refused"];
        if (!ok) return;
        g.status = Status.Revealed;
        g.deadline = block.timestamp + 3 days;
    }

    function dispute(uint256 which, uint256 from) external {
        if (ghosts.length == 0) return;
        Ghost storage g = ghosts[pick(which)];
        bool ok = send(from, disputeCall(g));
        vm.assertTrue(ok == mayDispute(g), "I6: disputed exactly when the key is wrong");
        ++reached[ok ? g.status == Status.Revealed ? "dispute, revealed" : "dispute" : "dispute refused"];
        if (ok) refunded(g);
    }

    function refund(uint256 which, bool patient, uint256 from) external {
        if (ghosts.length == 0) return;
        Ghost storage g = ghosts[pick(which)];
        if (patient && block.timestamp < g.deadline) vm.warp(g.deadline);
        bool may = g.status == Status.Purchased && block.timestamp >= g.deadline;
        bool ok = send(from, abi.encodeCall(market.refund, (deal(g.sale))));
        vm.assertTrue(ok == may, "I5: refunded exactly when it may be");
        ++reached[ok ? "refund" : "refund refused"];
        if (ok) refunded(g);
    }

    function finalize(uint256 which, bool patient, uint256 from) external {
        if (ghosts.length == 0) return;
        Ghost storage g = ghosts[pick(which)];
        if (patient && block.timestamp < g.deadline) vm.warp(g.deadline);
        bool may = g.status == Status.Revealed && block.timestamp >= g.deadline;
        bool ok = send(from, abi.encodeCall(market.finalize, (deal(g.sale))));
        vm.assertTrue(ok == may, "I5: finalized exactly when it may be");
        ++reached[ok ? "finalize" : "finalize refused"];
        if (ok) settled(g, g.deadline - 3 days);
    }

    /// @dev Anybody's income, more than there is included.
    function withdraw(uint256 who, uint256 amount, uint256 from) external {
        address account = people[who % people.length];
        amount = bound(amount, 0, income[account] + 1);
        bool ok = send(from, abi.encodeCall(market.withdraw, (account, amount)));
        vm.assertTrue(ok == (amount != 0 && amount <= income[account]), "withdrawn exactly what is there");
        ++reached[ok ? "withdraw" : "withdraw refused"];
        if (!ok) return;
        income[account] -= amount;
        holds[account] += amount;
        withdrawn += amount;
    }

    // ------------------------------------------------------------ what must not touch a purchase

    function retire(uint256 who, uint256 what, uint256 version, bool forged, uint256 from) external {
        Retire memory r = Retire(sellers[who % 2], bytes32(0x10 + what % 3), uint64(version));
        if (r.version > 1 && what % 4 != 0) r.version = 1; // so that not all is retired at once
        bytes32 typehash = keccak256("Retire(address seller,bytes32 listing,uint64 version)");
        Sig memory sig =
            sign(forged ? SEALER_KEY : keyOf(r.seller), typed(domain(), keccak256(abi.encode(typehash, r))));
        bytes32 key = keccak256(abi.encode(r.seller, r.listing));
        bool ok = send(from, abi.encodeCall(market.retire, (r, sig)));
        vm.assertTrue(ok == (!forged && r.version > minimum[key]), "retired exactly when signed and newer");
        ++reached[ok ? "retire" : forged ? "forged retirement refused" : "retire refused"];
        if (ok) minimum[key] = r.version;
    }

    function setTreasury(uint256 successor, uint256 from) external {
        address caller = from % 3 == 0 ? people[(from >> 8) % people.length] : treasurer;
        vm.prank(caller);
        (bool ok,) = address(market).call(abi.encodeCall(market.setTreasury, (treasurers[successor % 4])));
        vm.assertTrue(ok == (caller == treasurer), "named exactly by the treasury");
        ++reached[ok ? "setTreasury" : "setTreasury refused"];
        if (ok) treasurer = treasurers[successor % 4];
    }

    function donate(uint256 amount) external {
        amount = bound(amount, 0, 1e18);
        token.transfer(address(market), amount);
        holds[address(this)] -= amount;
        donated += amount;
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, time % 4 == 0 ? 40 days : 1 days));
    }

    // ------------------------------------------------------------ bookkeeping

    /// @dev Any purchase; most times one that is open, if there is one.
    function pick(uint256 which) private view returns (uint256) {
        uint256 start = which % ghosts.length;
        for (uint256 i; i < ghosts.length && which % 8 != 0; ++i) {
            uint256 next = (start + i) % ghosts.length;
            if (open(ghosts[next])) return next;
        }
        return start;
    }

    function open(Ghost storage g) private view returns (bool) {
        return g.status == Status.Purchased || g.status == Status.Revealed;
    }

    function settled(Ghost storage g, uint256 openedAt) private {
        uint256 fee = g.sale.order.price / 20;
        g.status = Status.Settled;
        income[g.sale.order.seller] += g.sale.order.price - fee;
        income[treasurer] += fee;
        toSellers += g.sale.order.price - fee;
        toTreasuries += fee;
        until[keyOf(g.sale)] = openedAt + uint256(g.sale.terms.accessDays) * 1 days;
    }

    function refunded(Ghost storage g) private {
        g.status = Status.Refunded;
        holds[g.sale.terms.buyer] += g.sale.order.price;
        paidBack += g.sale.order.price;
        until[keyOf(g.sale)] = 0;
    }

    function keyOf(Sale memory sale) private pure returns (bytes32) {
        return keccak256(abi.encode(sale.order.seller, sale.order.listing, sale.terms.buyer));
    }

    function disputeCall(Ghost storage g) private view returns (bytes memory) {
        return abi.encodeCall(market.dispute, (deal(g.sale), delivery(g.sale), OPENER, g.sealed_));
    }

    function mayDispute(Ghost storage g) private view returns (bool) {
        return
            !g.right && (g.status == Status.Purchased || (g.status == Status.Revealed && block.timestamp < g.deadline));
    }

    function escrow() private view returns (uint256 sum) {
        for (uint256 i; i < ghosts.length; ++i) {
            if (open(ghosts[i])) sum += ghosts[i].sale.order.price;
        }
    }

    function owed() private view returns (uint256 sum) {
        for (uint256 i; i < people.length; ++i) {
            sum += market.balances(people[i]);
        }
    }

    // ------------------------------------------------------------ checks

    function check_I1_Solvent() external view {
        vm.assertEq(token.balanceOf(address(market)), escrow() + owed() + donated, "I1");
    }

    function check_I2_Statuses() external view {
        for (uint256 i; i < ghosts.length; ++i) {
            vm.assertEq(uint256(status(ghosts[i].id)), uint256(ghosts[i].status), "I2");
        }
    }

    function check_I3_Conserved() external view {
        vm.assertEq(paidIn, escrow() + paidBack + toSellers + toTreasuries, "I3: each price once");
        vm.assertEq(toSellers + toTreasuries, owed() + withdrawn, "I3: income");
        for (uint256 i; i < people.length; ++i) {
            vm.assertEq(market.balances(people[i]), income[people[i]], "I3: to whom it belongs");
        }
    }

    function check_I4_Access() external view {
        for (uint256 i; i < 12; ++i) {
            (address s, bytes32 l, address b) = (sellers[i % 2], bytes32(0x10 + i / 4), buyers[i / 2 % 2]);
            uint256 pending;
            for (uint256 j; j < ghosts.length; ++j) {
                Sale storage x = ghosts[j].sale;
                bool same = x.order.seller == s && x.order.listing == l && x.terms.buyer == b;
                if (same && open(ghosts[j])) ++pending;
            }
            bytes32 key = keccak256(abi.encode(s, l, b));
            vm.assertEq(pending, market.access(key) == type(uint40).max ? 1 : 0, "I4: one open purchase");
            vm.assertEq(market.access(key), until[key], "I4: what was bought");
        }
    }

    function check_I8_Untouched() external view {
        for (uint256 i; i < ghosts.length; ++i) {
            Ghost storage g = ghosts[i];
            if (!open(g)) continue;
            (uint256 price, uint256 boughtAt, uint256 due, uint256 accessDays,) = market.purchases(g.id);
            vm.assertEq(price, g.sale.order.price, "I8: price");
            vm.assertEq(boughtAt, g.boughtAt, "I8: time");
            vm.assertEq(due, g.deadline, "I8: deadline");
            vm.assertEq(accessDays, g.sale.terms.accessDays, "I8: days");
        }
    }

    function check_I9_NobodyElseGains() external view {
        uint256 sum = token.balanceOf(address(market));
        for (uint256 i; i < people.length; ++i) {
            sum += holds[people[i]];
            vm.assertEq(token.balanceOf(people[i]), holds[people[i]], "I9: what somebody has");
        }
        vm.assertEq(sum, token.totalSupply(), "I9: nobody else has anything");
    }

    // ------------------------------------------------------------ trials

    /// @dev Runs a trial, which undoes itself, and sets the clock back.
    function attempt(bytes memory trial) private {
        uint256 now_ = block.timestamp;
        (, bytes memory answer) = address(this).call(trial);
        vm.warp(now_);
        undone(answer);
    }

    function check_I5_Exits() external {
        attempt(abi.encodeCall(this.tryExits, ()));
    }

    /// @dev Everybody but one stranger is gone: he sees every purchase to its end and sends everybody's money home.
    function tryExits() external {
        for (uint256 i; i < ghosts.length; ++i) {
            Ghost storage g = ghosts[i];
            if (!open(g)) continue;
            if (block.timestamp < g.deadline) vm.warp(g.deadline);
            vm.prank(strangers[0]);
            if (g.status == Status.Purchased) market.refund(deal(g.sale));
            else market.finalize(deal(g.sale));
        }
        for (uint256 i; i < people.length; ++i) {
            uint256 balance = market.balances(people[i]);
            if (balance == 0) continue;
            vm.prank(strangers[0]);
            market.withdraw(people[i], balance);
        }
        vm.assertEq(token.balanceOf(address(market)), donated, "I5: all money went home");
        revert Done();
    }

    function check_I6_Disputes() external {
        attempt(abi.encodeCall(this.tryDisputes, ()));
    }

    function tryDisputes() external {
        for (uint256 i; i < ghosts.length; ++i) {
            Ghost storage g = ghosts[i];
            bool ok = send(i, disputeCall(g));
            vm.assertTrue(ok == mayDispute(g), "I6: disputed exactly when the key is wrong");
            if (ok) vm.assertEq(token.balanceOf(g.sale.terms.buyer), holds[g.sale.terms.buyer] += g.sale.order.price);
        }
        revert Done();
    }

    function check_I7_Batches() external {
        attempt(abi.encodeCall(this.tryBatch, ()));
    }

    /// @dev Every other purchase has a good receipt, the rest a forged one; those that are over have good ones.
    function tryBatch() external {
        if (ghosts.length == 0) revert Done();
        SignedReceipt[] memory batch = new SignedReceipt[](ghosts.length);
        bool any;
        for (uint256 i; i < ghosts.length; ++i) {
            bool forged = i % 2 == 1 && open(ghosts[i]);
            batch[i] = receipt(ghosts[i].sale, block.timestamp, forged ? SEALER_KEY : DELEGATE_KEY);
            any = any || (!forged && open(ghosts[i]));
        }
        (bool ok,) = address(market).call(abi.encodeCall(market.settle, (batch)));
        vm.assertTrue(ok == any, "I7: settled when one was good");
        for (uint256 i; i < ghosts.length; ++i) {
            Status want = i % 2 == 0 && open(ghosts[i]) ? Status.Settled : ghosts[i].status;
            vm.assertEq(uint256(status(ghosts[i].id)), uint256(want), "I7: bad ones change nothing");
        }
        revert Done();
    }
}
