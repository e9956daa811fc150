// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketBase} from "../market/MarketBase.sol";
import {Delivery, Deal, Order, Retire, Sale, SignedReceipt, Status, Terms} from "../../src/IMarket.sol";
import {Sig} from "../../src/Signed.sol";

/// @notice Buys, settles, reveals, disputes, refunds, finalizes, retires and withdraws at random, with two sellers, two
/// buyers and three listings, and remembers what should have come of it. Calls that must fail are checked to fail; calls
/// that must not are made plainly, so that a revert ends the run.
contract MarketHandler is MarketBase {
    struct Ghost {
        Sale sale;
        bytes32 id;
        bytes32 sealed_;
        bool right; // the sealed key is the committed one
        Status status;
    }

    Ghost[] private ghosts;

    uint256 public paidIn;
    uint256 public backToBuyers;
    uint256 public toSellers;
    uint256 public toTreasury;
    uint256 public withdrawn;
    uint256 public withdrawnBySellers;
    uint256 public donated;

    address[2] public buyers = [vm.addr(3), vm.addr(7)];
    address[2] public sellers = [vm.addr(1), vm.addr(8)];
    uint256 private salts;

    constructor() {
        setUp();
        token.transfer(buyers[1], 10_000e18);
    }

    // ------------------------------------------------------------ calls

    function purchase(uint256 who, uint256 what, uint256 price, uint256 window, bool right) external {
        Order memory o = order();
        o.seller = sellers[who % 2];
        o.listing = bytes32(0x10 + what % 3);
        o.price = bound(price, 1, 100e18);
        o.expiry = uint64(block.timestamp + 1 days);
        o.version = type(uint64).max;
        Terms memory t = terms();
        t.buyer = buyers[(who >> 1) % 2];
        t.deliveryWindow = uint32(bound(window, 1 hours, 7 days));
        t.salt = bytes32(++salts);
        if (token.balanceOf(t.buyer) < o.price) return;
        bytes32 key = right ? KEY : bytes32(uint256(0x4c));
        Sale memory sale = seal(o, t, key);
        (uint8 v, bytes32 r, bytes32 s) = payment(sale);
        bool active = block.timestamp <= accessOf(sale);
        (bool ok,) = address(market).call(abi.encodeCall(market.purchase, (sale, v, r, s)));
        vm.assertTrue(ok != active, "bought exactly when there is no access");
        if (!ok) return;
        paidIn += o.price;
        ghosts.push(Ghost(sale, id(sale), sealedKey(o, t, key), right, Status.Purchased));
    }

    function settle(uint256 first, uint256 count, uint256 opened) external {
        if (ghosts.length == 0) return;
        count = bound(count, 1, 4);
        SignedReceipt[] memory batch = new SignedReceipt[](count + 1);
        bool any;
        for (uint256 i; i < count; ++i) {
            Ghost storage g = ghosts[(first % ghosts.length + i) % ghosts.length];
            (, uint40 boughtAt,,,) = market.purchases(g.id);
            batch[i] = receipt(g.sale, bound(opened, boughtAt, block.timestamp));
            if (!open(g)) continue;
            any = true;
            settled(g);
        }
        batch[count] = receipt(ghosts[first % ghosts.length].sale, block.timestamp, SEALER_KEY); // a forgery
        (bool ok,) = address(market).call(abi.encodeCall(market.settle, (batch)));
        vm.assertTrue(ok == any, "I7: settled exactly when one was good");
    }

    function reveal(uint256 which) external {
        if (ghosts.length == 0) return;
        Ghost storage g = ghosts[which % ghosts.length];
        bool may = g.status == Status.Purchased && block.timestamp < deadline(g.id);
        (bool ok,) = address(market).call(abi.encodeCall(market.reveal, (deal(g.sale), delivery(g.sale), OPENER)));
        vm.assertTrue(ok == may, "revealed exactly when it may be");
        if (ok) g.status = Status.Revealed;
    }

    function dispute(uint256 which) external {
        if (ghosts.length == 0) return;
        Ghost storage g = ghosts[which % ghosts.length];
        bool may = !g.right
            && (g.status == Status.Purchased || (g.status == Status.Revealed && block.timestamp < deadline(g.id)));
        (bool ok,) =
            address(market).call(abi.encodeCall(market.dispute, (deal(g.sale), delivery(g.sale), OPENER, g.sealed_)));
        vm.assertTrue(ok == may, "I6: disputed exactly when the key is wrong");
        if (ok) refunded(g);
    }

    function refund(uint256 which) external {
        if (ghosts.length == 0) return;
        Ghost storage g = ghosts[which % ghosts.length];
        bool may = g.status == Status.Purchased && block.timestamp >= deadline(g.id);
        (bool ok,) = address(market).call(abi.encodeCall(market.refund, (deal(g.sale))));
        vm.assertTrue(ok == may, "I5: refunded exactly when it may be");
        if (ok) refunded(g);
    }

    function finalize(uint256 which) external {
        if (ghosts.length == 0) return;
        Ghost storage g = ghosts[which % ghosts.length];
        bool may = g.status == Status.Revealed && block.timestamp >= deadline(g.id);
        (bool ok,) = address(market).call(abi.encodeCall(market.finalize, (deal(g.sale))));
        vm.assertTrue(ok == may, "I5: finalized exactly when it may be");
        if (ok) settled(g);
    }

    function withdraw(uint256 who, uint256 amount) external {
        address account = who % 3 == 2 ? market.treasury() : sellers[who % 3];
        uint256 balance = market.balances(account);
        if (balance == 0) return;
        amount = bound(amount, 1, balance);
        market.withdraw(account, amount);
        withdrawn += amount;
        if (who % 3 != 2) withdrawnBySellers += amount;
    }

    function retire(uint256 version) external {
        uint64 v = uint64(bound(version, 1, type(uint64).max - 1));
        (Retire memory r, Sig memory sig) = retirement(v, SELLER_KEY);
        bool may = v > market.minVersion(seller, r.listing);
        (bool ok,) = address(market).call(abi.encodeCall(market.retire, (r, sig)));
        vm.assertTrue(ok == may, "retired exactly when it is newer");
    }

    function setTreasury(uint160 successor) external {
        if (successor < 0x1000) return; // precompiles
        // One account with two incomes could not be told apart.
        if (address(successor) == sellers[0] || address(successor) == sellers[1]) return;
        address before = market.treasury();
        vm.prank(before);
        market.setTreasury(address(successor));
        formers.push(before);
    }

    address[] private formers;

    function donate(uint256 amount) external {
        amount = bound(amount, 0, 1e18);
        token.transfer(address(market), amount);
        donated += amount;
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 20 days));
    }

    // ------------------------------------------------------------ what should have happened

    function open(Ghost storage g) private view returns (bool) {
        return g.status == Status.Purchased || g.status == Status.Revealed;
    }

    function settled(Ghost storage g) private {
        uint256 fee = g.sale.order.price / 20;
        toTreasury += fee;
        toSellers += g.sale.order.price - fee;
        g.status = Status.Settled;
    }

    function refunded(Ghost storage g) private {
        backToBuyers += g.sale.order.price;
        g.status = Status.Refunded;
    }

    function escrow() public view returns (uint256 sum) {
        for (uint256 i; i < ghosts.length; ++i) {
            if (open(ghosts[i])) sum += ghosts[i].sale.order.price;
        }
    }

    function balances() public view returns (uint256 sum) {
        sum = market.balances(sellers[0]) + market.balances(sellers[1]) + market.balances(market.treasury());
        for (uint256 i; i < formers.length; ++i) {
            bool counted = formers[i] == market.treasury();
            for (uint256 j; j < i && !counted; ++j) {
                counted = formers[j] == formers[i];
            }
            if (!counted) sum += market.balances(formers[i]);
        }
    }

    // ------------------------------------------------------------ checks

    function checkSolvent() external view {
        vm.assertEq(token.balanceOf(address(market)), escrow() + balances() + donated, "I1");
    }

    function checkStatuses() external view {
        for (uint256 i; i < ghosts.length; ++i) {
            vm.assertEq(uint256(status(ghosts[i].id)), uint256(ghosts[i].status), "I2");
        }
    }

    function checkConserved() external view {
        vm.assertEq(paidIn, escrow() + backToBuyers + toSellers + toTreasury, "I3");
        vm.assertEq(toSellers + toTreasury, balances() + withdrawn, "I3, income");
        uint256 sellersHave = market.balances(sellers[0]) + market.balances(sellers[1]) + withdrawnBySellers;
        vm.assertEq(toSellers, sellersHave, "I3, the sellers' part");
    }

    function checkAccess() external view {
        for (uint256 b; b < 2; ++b) {
            for (uint256 s; s < 2; ++s) {
                for (uint256 l; l < 3; ++l) {
                    checkAccessOf(sellers[s], bytes32(0x10 + l), buyers[b]);
                }
            }
        }
    }

    function checkAccessOf(address s, bytes32 l, address b) private view {
        uint256 opened;
        for (uint256 i; i < ghosts.length; ++i) {
            Sale storage x = ghosts[i].sale;
            if (x.order.seller == s && x.order.listing == l && x.terms.buyer == b && open(ghosts[i])) ++opened;
        }
        bool pending = market.access(keccak256(abi.encode(s, l, b))) == type(uint40).max;
        vm.assertEq(opened, pending ? 1 : 0, "I4");
    }

    function checkNobodyElseGains() external view {
        // All PRIV is with this contract (the bank), the market, the parties, and whoever was treasury.
        uint256 sum = token.balanceOf(address(this)) + token.balanceOf(address(market)) + token.balanceOf(buyers[0])
            + token.balanceOf(buyers[1]);
        sum += withdrawn;
        vm.assertEq(sum, token.totalSupply(), "I9");
    }
}
