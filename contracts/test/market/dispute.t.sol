// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketBase} from "./MarketBase.sol";
import {Delivery, IMarket, Sale, Status, Terms} from "../../src/IMarket.sol";

contract DisputeTest is MarketBase {
    bytes32 private constant WRONG = bytes32(uint256(0x4c));

    function wrongSale() private view returns (Sale memory sale, bytes32 sealed_) {
        sale = seal(order(), terms(), WRONG);
        sealed_ = sealedKey(order(), terms(), WRONG);
    }

    function test_WrongDelivery() public {
        (Sale memory sale, bytes32 c) = wrongSale();
        buy(sale);
        Delivery memory d = delivery(sale);
        d.keyCommitment = keccak256("another");
        vm.expectRevert(IMarket.WrongDelivery.selector);
        market.dispute(deal(sale), d, OPENER, c);
    }

    function test_WrongStatus_None() public {
        (Sale memory sale, bytes32 c) = wrongSale();
        vm.expectRevert(abi.encodeWithSelector(IMarket.WrongStatus.selector, id(sale), Status.None));
        market.dispute(deal(sale), delivery(sale), OPENER, c);
    }

    function test_WrongStatus_Settled() public {
        (Sale memory sale, bytes32 c) = wrongSale();
        buy(sale);
        market.settle(one(receipt(sale, START)));
        vm.expectRevert(abi.encodeWithSelector(IMarket.WrongStatus.selector, id(sale), Status.Settled));
        market.dispute(deal(sale), delivery(sale), OPENER, c);
    }

    function test_WrongStatus_Refunded() public {
        (Sale memory sale, bytes32 c) = wrongSale();
        buy(sale);
        market.dispute(deal(sale), delivery(sale), OPENER, c);
        vm.expectRevert(abi.encodeWithSelector(IMarket.WrongStatus.selector, id(sale), Status.Refunded));
        market.dispute(deal(sale), delivery(sale), OPENER, c);
    }

    function test_WrongStatus_WindowOver() public {
        (Sale memory sale, bytes32 c) = wrongSale();
        buy(sale);
        market.reveal(deal(sale), delivery(sale), OPENER);
        vm.warp(START + 3 days);
        vm.expectRevert(abi.encodeWithSelector(IMarket.WrongStatus.selector, id(sale), Status.Revealed));
        market.dispute(deal(sale), delivery(sale), OPENER, c);
    }

    function test_WrongOpener() public {
        (Sale memory sale, bytes32 c) = wrongSale();
        buy(sale);
        vm.expectRevert(IMarket.WrongOpener.selector);
        market.dispute(deal(sale), delivery(sale), keccak256("guess"), c);
    }

    function test_WrongSealed() public {
        (Sale memory sale, bytes32 c) = wrongSale();
        buy(sale);
        vm.expectRevert(IMarket.WrongSealed.selector);
        market.dispute(deal(sale), delivery(sale), OPENER, ~c);
    }

    function test_KeyIsRight() public {
        Sale memory sale = seal();
        buy(sale);
        bytes32 c = sealedKey(sale.order, sale.terms, KEY);
        vm.expectRevert(IMarket.KeyIsRight.selector);
        market.dispute(deal(sale), delivery(sale), OPENER, c);
    }

    function test_Dispute_BeforeReveal() public {
        (Sale memory sale, bytes32 c) = wrongSale();
        bytes32 purchase = buy(sale);
        uint256 before = token.balanceOf(buyer);
        vm.warp(START + WINDOW + 1 days); // no deadline while nobody refunded
        vm.expectEmit(address(market));
        emit IMarket.Refunded(purchase, buyer, PRICE, true);
        market.dispute(deal(sale), delivery(sale), OPENER, c);
        assertStatus(purchase, Status.Refunded);
        vm.assertEq(token.balanceOf(buyer), before + PRICE);
        vm.assertEq(accessOf(sale), 0);
    }

    function test_Dispute_AfterReveal() public {
        (Sale memory sale, bytes32 c) = wrongSale();
        bytes32 purchase = buy(sale);
        market.reveal(deal(sale), delivery(sale), OPENER);
        vm.warp(START + 3 days - 1);
        market.dispute(deal(sale), delivery(sale), OPENER, c);
        assertStatus(purchase, Status.Refunded);
    }

    function testFuzz_Dispute_Times(bool revealed, uint256 called) public {
        called = bound(called, START, START + 30 days);
        (Sale memory sale, bytes32 c) = wrongSale();
        bytes32 purchase = buy(sale);
        if (revealed) market.reveal(deal(sale), delivery(sale), OPENER);
        vm.warp(called);
        bool late = revealed && called >= START + 3 days;
        if (late) vm.expectRevert(abi.encodeWithSelector(IMarket.WrongStatus.selector, purchase, Status.Revealed));
        market.dispute(deal(sale), delivery(sale), OPENER, c);
        assertStatus(purchase, late ? Status.Revealed : Status.Refunded);
    }

    /// @dev The first seller's promise is for one offer: an opener that is right for another offer is wrong here.
    function test_Dispute_KeySealedForAnotherOffer() public {
        Terms memory other = terms();
        other.salt = keccak256("other");
        Sale memory sale = seal();
        bytes32 c = sealedKey(sale.order, other, KEY);
        sale.sealedHash = keccak256(abi.encode(c));
        sale.sealSig = sign(SEALER_KEY, id(sale));
        bytes32 purchase = buy(sale);
        market.dispute(deal(sale), delivery(sale), OPENER, c);
        assertStatus(purchase, Status.Refunded);
    }

    function testFuzz_Dispute_ExactlyWhenTheKeyIsWrong(bytes32 key) public {
        Sale memory sale = seal(order(), terms(), key);
        bytes32 purchase = buy(sale);
        bytes32 c = sealedKey(sale.order, sale.terms, key);
        if (key == KEY) vm.expectRevert(IMarket.KeyIsRight.selector);
        market.dispute(deal(sale), delivery(sale), OPENER, c);
        assertStatus(purchase, key == KEY ? Status.Purchased : Status.Refunded);
    }
}
