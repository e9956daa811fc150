// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketBase} from "./MarketBase.sol";
import {Order, Sale, SignedReceipt, Terms} from "../../src/IMarket.sol";

/// @notice What the calls cost as transactions of their own, intrinsic gas included.
/// forge-config: default.isolate = true
contract MarketGasTest is MarketBase {
    function setUp() public override {
        super.setUp();
        buyAndSettle(0x900); // the market's very first purchase and credit write fresh slots
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

    function spent() private view returns (uint256) {
        return vm.lastCallGas().gasTotalUsed;
    }

    function test_Purchase_NewBuyer() public {
        Sale memory sale = seal();
        (uint8 v, bytes32 r, bytes32 s) = payment(sale);
        market.purchase(sale, v, r, s);
        vm.assertLe(spent(), 150_000, "relayed purchase, new buyer");
    }

    function test_Purchase_Renewal() public {
        buyAndSettle(0x10);
        vm.warp(block.timestamp + 31 days);
        Order memory o = order();
        o.expiry = uint64(block.timestamp + 1 days);
        Terms memory t = terms();
        t.salt = keccak256("again");
        Sale memory sale = seal(o, t, KEY);
        (uint8 v, bytes32 r, bytes32 s) = payment(sale);
        market.purchase(sale, v, r, s);
        vm.assertLe(spent(), 133_000, "relayed purchase, renewal");
    }

    function test_Settle_Batch() public {
        SignedReceipt[] memory batch = new SignedReceipt[](20);
        for (uint256 i; i < 20; ++i) {
            Sale memory sale = listing(0x1000 + i);
            buy(sale);
            batch[i] = receipt(sale, block.timestamp);
        }
        market.settle(batch);
        vm.assertLe(spent() / 20, 30_000, "settle, each of 20");
    }

    function test_Settle_One() public {
        Sale memory sale = seal();
        buy(sale);
        SignedReceipt[] memory batch = one(receipt(sale, block.timestamp));
        market.settle(batch);
        vm.assertLe(spent(), 62_000, "settle, one alone");
    }

    function test_RevealAndFinalize() public {
        Sale memory sale = seal();
        buy(sale);
        market.reveal(deal(sale), delivery(sale), OPENER);
        vm.assertLe(spent(), 37_000, "reveal");
        vm.warp(block.timestamp + 3 days);
        market.finalize(deal(sale));
        vm.assertLe(spent(), 55_000, "finalize");
    }

    function test_Refund() public {
        Sale memory sale = seal();
        buy(sale);
        vm.warp(block.timestamp + WINDOW);
        market.refund(deal(sale));
        vm.assertLe(spent(), 53_000, "refund");
    }

    function test_Dispute() public {
        bytes32 wrong = bytes32(uint256(0x4c));
        Sale memory sale = seal(order(), terms(), wrong);
        buy(sale);
        bytes32 c = sealedKey(sale.order, sale.terms, wrong);
        market.dispute(deal(sale), delivery(sale), OPENER, c);
        vm.assertLe(spent(), 57_000, "dispute");
    }
}
