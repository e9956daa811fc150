// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Gas} from "../Gas.sol";
import {MarketBase} from "./MarketBase.sol";
import {Order, Retire, Sale, SignedReceipt, Terms} from "../../src/IMarket.sol";
import {Market} from "../../src/Market.sol";
import {Sig} from "../../src/Signed.sol";

/// @notice What the calls cost in a market that is in use, unless a name says otherwise.
/// forge-config: default.isolate = true
contract MarketGasTest is MarketBase, Gas {
    function setUp() public override {
        super.setUp();
        buyAndSettle(0x900); // the market's very first purchase and credits write fresh slots
    }

    function listing(uint256 n) private view returns (Sale memory) {
        Order memory o = order();
        o.listing = bytes32(n);
        return seal(o, terms(), KEY);
    }

    function buyAndSettle(uint256 n) private {
        Sale memory sale = listing(n);
        buy(sale);
        market.settle(one(receipt(sale, block.timestamp)));
    }

    function purchase(Sale memory sale) private {
        (uint8 v, bytes32 r, bytes32 s) = payment(sale);
        market.purchase(sale, v, r, s);
    }

    function test_Purchase_NewBuyer() public {
        purchase(seal());
        note("Market", "purchase, relayed: first by this buyer of the listing", 1, 150_000);
    }

    function test_Purchase_VeryFirst() public {
        market = new Market(token, treasury);
        purchase(seal());
        note("Market", "purchase, relayed: the market's very first");
    }

    function test_Purchase_Renewal() public {
        buyAndSettle(0x10);
        vm.warp(block.timestamp + 31 days);
        Order memory o = order();
        o.expiry = uint64(block.timestamp + 1 days);
        Terms memory t = terms();
        t.salt = keccak256("again");
        purchase(seal(o, t, KEY));
        note("Market", "purchase, relayed: renewal", 1, 150_000);
    }

    function test_PurchaseDirect() public {
        Sale memory sale = seal();
        vm.prank(buyer);
        token.approve(address(market), type(uint256).max);
        vm.prank(buyer);
        market.purchaseDirect(sale);
        note("Market", "purchaseDirect, with an allowance");
    }

    function test_Settle_Batch() public {
        SignedReceipt[] memory batch = new SignedReceipt[](20);
        for (uint256 i; i < 20; ++i) {
            Sale memory sale = listing(0x1000 + i);
            buy(sale);
            batch[i] = receipt(sale, block.timestamp);
        }
        market.settle(batch);
        note("Market", "settle, each of 20", 20, 30_000);
    }

    function test_Settle_One() public {
        Sale memory sale = seal();
        buy(sale);
        market.settle(one(receipt(sale, block.timestamp)));
        note("Market", "settle, one alone");
    }

    function test_Settle_VeryFirst() public {
        market = new Market(token, treasury);
        Sale memory sale = seal();
        buy(sale);
        market.settle(one(receipt(sale, block.timestamp)));
        note("Market", "settle, one alone: first income of seller and treasury");
    }

    function test_RevealAndFinalize() public {
        Sale memory sale = seal();
        buy(sale);
        market.reveal(deal(sale), delivery(sale), OPENER);
        note("Market", "reveal");
        vm.warp(block.timestamp + 3 days);
        market.finalize(deal(sale));
        note("Market", "finalize");
    }

    function test_Refund() public {
        Sale memory sale = seal();
        buy(sale);
        vm.warp(block.timestamp + WINDOW);
        market.refund(deal(sale));
        note("Market", "refund");
    }

    function test_Dispute() public {
        bytes32 wrong = bytes32(uint256(0x4c));
        Sale memory sale = seal(order(), terms(), wrong);
        buy(sale);
        bytes32 c = sealedKey(sale.order, sale.terms, wrong);
        market.dispute(deal(sale), delivery(sale), OPENER, c);
        note("Market", "dispute");
    }

    function test_Withdraw() public {
        market.withdraw(seller, 1e18);
        note("Market", "withdraw, to an account without PRIV");
        market.withdraw(seller, 1e18);
        note("Market", "withdraw, to a holder");
    }

    function test_Retire() public {
        (Retire memory r, Sig memory sig) = retirement(4, SELLER_KEY);
        market.retire(r, sig);
        note("Market", "retire");
    }
}
