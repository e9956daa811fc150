// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketBase} from "./MarketBase.sol";
import {IMarket, Order, Sale, SignedReceipt, Status, Terms} from "../../src/IMarket.sol";

contract SettleTest is MarketBase {
    function nth(uint256 n) private view returns (Sale memory) {
        Order memory o = order();
        o.listing = bytes32(0x1000 + n);
        return seal(o, terms(), KEY);
    }

    function test_NothingSettled_Empty() public {
        vm.expectRevert(IMarket.NothingSettled.selector);
        market.settle(new SignedReceipt[](0));
    }

    function refuse(SignedReceipt memory bad) private {
        vm.expectRevert(IMarket.NothingSettled.selector);
        market.settle(one(bad));
    }

    function test_NothingSettled_Unknown() public {
        refuse(receipt(seal(), block.timestamp));
    }

    function test_NothingSettled_Twice() public {
        Sale memory sale = seal();
        buy(sale);
        market.settle(one(receipt(sale, block.timestamp)));
        refuse(receipt(sale, block.timestamp));
    }

    function test_NothingSettled_AfterRefund() public {
        Sale memory sale = seal();
        buy(sale);
        vm.warp(START + WINDOW);
        market.refund(deal(sale));
        refuse(receipt(sale, START));
    }

    function test_NothingSettled_OpenedBefore() public {
        Sale memory sale = seal();
        buy(sale);
        refuse(receipt(sale, START - 1));
    }

    function test_NothingSettled_OpenedInFuture() public {
        Sale memory sale = seal();
        buy(sale);
        refuse(receipt(sale, START + 1));
        refuse(receipt(sale, type(uint64).max));
    }

    function test_NothingSettled_WrongSigner() public {
        Sale memory sale = seal();
        buy(sale);
        refuse(receipt(sale, START, SELLER_KEY));
        SignedReceipt memory r = receipt(sale, START);
        r.sig = flip(r.sig);
        refuse(r);
    }

    function test_Settle() public {
        Sale memory sale = seal();
        bytes32 purchase = buy(sale);
        vm.warp(START + 5 hours);
        vm.expectEmit(address(market));
        emit IMarket.Settled(purchase, seller, 23.75e18, 1.25e18, uint40(START + 2 hours + 30 days));
        market.settle(one(receipt(sale, START + 2 hours)));
        assertStatus(purchase, Status.Settled);
        vm.assertEq(market.balances(seller), 23.75e18);
        vm.assertEq(market.balances(treasury), 1.25e18);
        vm.assertEq(accessOf(sale), START + 2 hours + 30 days);
        vm.assertEq(token.balanceOf(address(market)), PRICE); // income is pulled
    }

    function test_Settle_AfterReveal() public {
        Sale memory sale = seal();
        bytes32 purchase = buy(sale);
        market.reveal(deal(sale), delivery(sale), OPENER);
        vm.warp(START + 10 days); // a receipt is good news at any time
        market.settle(one(receipt(sale, START + 1)));
        assertStatus(purchase, Status.Settled);
    }

    function test_Settle_SkipsBadOnes() public {
        Sale memory a = nth(1);
        Sale memory b = nth(2);
        Sale memory c = nth(3);
        Sale memory never = nth(4);
        buy(a);
        buy(b);
        buy(c);
        SignedReceipt[] memory batch = new SignedReceipt[](5);
        batch[0] = receipt(never, START);
        batch[1] = receipt(a, START);
        batch[2] = receipt(b, START - 1);
        batch[3] = receipt(c, START, SEALER_KEY);
        batch[4] = receipt(a, START); // a duplicate
        vm.expectEmit(address(market));
        emit IMarket.Skipped(id(never), 1);
        vm.expectEmit(address(market));
        emit IMarket.Settled(id(a), seller, 23.75e18, 1.25e18, uint40(START + 30 days));
        vm.expectEmit(address(market));
        emit IMarket.Skipped(id(b), 2);
        vm.expectEmit(address(market));
        emit IMarket.Skipped(id(c), 3);
        vm.expectEmit(address(market));
        emit IMarket.Skipped(id(a), 1);
        market.settle(batch);
        assertStatus(id(a), Status.Settled);
        assertStatus(id(b), Status.Purchased);
        assertStatus(id(c), Status.Purchased);
        vm.assertEq(market.balances(seller), 23.75e18);
        vm.assertEq(accessOf(b), type(uint40).max);
    }

    function test_Settle_AfterDeadline() public {
        Sale memory sale = seal();
        bytes32 purchase = buy(sale);
        vm.warp(START + WINDOW + 1 days); // nobody has refunded yet
        market.settle(one(receipt(sale, START + WINDOW + 1 hours)));
        assertStatus(purchase, Status.Settled);
    }

    function test_Settle_SellerIsTreasury() public {
        vm.prank(treasury);
        market.setTreasury(seller);
        Sale memory a = nth(1);
        Sale memory b = nth(2);
        buy(a);
        buy(b);
        SignedReceipt[] memory batch = new SignedReceipt[](2);
        (batch[0], batch[1]) = (receipt(a, START), receipt(b, START));
        market.settle(batch);
        vm.assertEq(market.balances(seller), 2 * PRICE);
    }

    function test_Settle_FeesOfAll() public {
        SignedReceipt[] memory batch = new SignedReceipt[](3);
        for (uint256 i; i < 3; ++i) {
            Order memory o = order();
            (o.listing, o.price) = (bytes32(0x2000 + i), 19 + i); // 0, 1 and 1 wei: each is rounded by itself
            Sale memory sale = seal(o, terms(), KEY);
            buy(sale);
            batch[i] = receipt(sale, START);
        }
        market.settle(batch);
        vm.assertEq(market.balances(treasury), 2);
        vm.assertEq(market.balances(seller), 58);
    }

    /// @dev Any mixture of good and bad receipts: the good ones settle, the bad ones stay, nothing reverts.
    function testFuzz_Settle_AnyMixture(uint256 seed) public {
        SignedReceipt[] memory batch = new SignedReceipt[](6);
        Sale[] memory sales = new Sale[](6);
        uint256 good;
        for (uint256 i; i < 6; ++i) {
            sales[i] = nth(i);
            buy(sales[i]);
            uint256 kind = (seed >> (8 * i)) % 4;
            batch[i] = receipt(sales[i], kind == 1 ? START + 1 : START, kind == 2 ? BUYER_KEY : DELEGATE_KEY);
            if (kind == 3) batch[i].deal.buyer = seller; // a deal that never was
            if (kind == 0) ++good;
        }
        if (good == 0) vm.expectRevert(IMarket.NothingSettled.selector);
        market.settle(batch);
        for (uint256 i; i < 6; ++i) {
            bool settled = (seed >> (8 * i)) % 4 == 0;
            assertStatus(id(sales[i]), settled ? Status.Settled : Status.Purchased);
            vm.assertEq(accessOf(sales[i]), settled ? START + 30 days : type(uint40).max);
        }
        vm.assertEq(market.balances(seller), good * 23.75e18);
        vm.assertEq(market.balances(treasury), good * 1.25e18);
    }

    function testFuzz_Settle_SplitIsExact(uint256 price) public {
        Order memory o = order();
        o.price = bound(price, 1, 10_000e18);
        Sale memory sale = seal(o, terms(), KEY);
        buy(sale);
        market.settle(one(receipt(sale, START)));
        uint256 fee = market.balances(treasury);
        vm.assertEq(fee, o.price / 20);
        vm.assertEq(market.balances(seller) + fee, o.price);
    }

    function testFuzz_Settle_AccessFromOpening(uint256 opened, uint32 accessDays) public {
        Terms memory t = terms();
        t.accessDays = uint32(bound(accessDays, 1, 365));
        Sale memory sale = seal(order(), t, KEY);
        buy(sale);
        vm.warp(START + 20 hours);
        opened = bound(opened, START, START + 20 hours);
        market.settle(one(receipt(sale, opened)));
        vm.assertEq(accessOf(sale), opened + uint256(t.accessDays) * 1 days);
    }
}
