// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketBase} from "./MarketBase.sol";
import {IMarket, Order, Retire, Sale, Status, Terms} from "../../src/IMarket.sol";
import {Market} from "../../src/Market.sol";
import {Sig} from "../../src/Signed.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

contract PurchaseTest is MarketBase {
    function refuse(Order memory o, Terms memory t, bytes memory why) private {
        Sale memory sale = seal(o, t, KEY);
        (uint8 v, bytes32 r, bytes32 s) = payment(sale);
        vm.expectRevert(why);
        market.purchase(sale, v, r, s);
    }

    function refuse(Sale memory sale, bytes memory why) private {
        (uint8 v, bytes32 r, bytes32 s) = payment(sale);
        vm.expectRevert(why);
        market.purchase(sale, v, r, s);
    }

    function test_BadPrice() public {
        Order memory o = order();
        o.price = 0;
        refuse(o, terms(), abi.encodeWithSelector(IMarket.BadPrice.selector, 0));
        o.price = uint256(type(uint128).max) + 1;
        refuse(o, terms(), abi.encodeWithSelector(IMarket.BadPrice.selector, o.price));
    }

    function test_BadDays() public {
        Terms memory t = terms();
        t.accessDays = 0;
        refuse(order(), t, abi.encodeWithSelector(IMarket.BadDays.selector, 0));
        t.accessDays = 366;
        refuse(order(), t, abi.encodeWithSelector(IMarket.BadDays.selector, 366));
    }

    function test_BadWindow() public {
        Terms memory t = terms();
        t.deliveryWindow = 1 hours - 1;
        refuse(order(), t, abi.encodeWithSelector(IMarket.BadWindow.selector, t.deliveryWindow));
        t.deliveryWindow = 7 days + 1;
        refuse(order(), t, abi.encodeWithSelector(IMarket.BadWindow.selector, t.deliveryWindow));
    }

    function test_ZeroDelegate() public {
        Terms memory t = terms();
        t.delegate = address(0);
        refuse(order(), t, abi.encodeWithSelector(IMarket.ZeroDelegate.selector));
    }

    function test_OwnListing() public {
        Terms memory t = terms();
        t.buyer = seller;
        refuse(order(), t, abi.encodeWithSelector(IMarket.OwnListing.selector, seller));
    }

    function test_OrderExpired() public {
        Order memory o = order();
        o.expiry = uint64(block.timestamp - 1);
        refuse(o, terms(), abi.encodeWithSelector(IMarket.OrderExpired.selector, o.expiry));
        o.expiry = uint64(block.timestamp); // its last second
        buy(seal(o, terms(), KEY));
    }

    function test_TooLate() public {
        Terms memory t = terms();
        t.payBy = uint64(block.timestamp);
        refuse(order(), t, abi.encodeWithSelector(IMarket.TooLate.selector, t.payBy));
        t.payBy = 2 ** 40;
        refuse(order(), t, abi.encodeWithSelector(IMarket.TooLate.selector, t.payBy));
    }

    function test_VersionRetired() public {
        (Retire memory r, Sig memory sig) = retirement(4, SELLER_KEY);
        market.retire(r, sig);
        refuse(order(), terms(), abi.encodeWithSelector(IMarket.VersionRetired.selector, 3, 4));
        Order memory o = order();
        o.version = 4;
        buy(seal(o, terms(), KEY));
    }

    function test_ActiveAccess_WhileOpen() public {
        buy(seal());
        Terms memory t = terms();
        t.salt = bytes32(uint256(0x14));
        refuse(order(), t, abi.encodeWithSelector(IMarket.ActiveAccess.selector, type(uint40).max));
    }

    function test_ActiveAccess_UntilItEnds() public {
        Sale memory sale = seal();
        buy(sale);
        market.settle(one(receipt(sale, block.timestamp)));
        uint256 until = block.timestamp + 30 days;

        vm.warp(until);
        Order memory o = order();
        o.expiry = uint64(until + 30 days);
        Terms memory t = terms();
        t.salt = bytes32(uint256(0x14));
        refuse(o, t, abi.encodeWithSelector(IMarket.ActiveAccess.selector, until));
        vm.warp(until + 1);
        buy(seal(o, t, KEY));
    }

    function test_BadOrderSignature() public {
        Sale memory sale = seal();
        sale.orderSig = sign(BUYER_KEY, typed(domain(), hash(sale.order)));
        refuse(sale, abi.encodeWithSelector(IMarket.BadOrderSignature.selector));
        sale.orderSig = Sig(bytes32(0), bytes32(0));
        refuse(sale, abi.encodeWithSelector(IMarket.BadOrderSignature.selector));
        sale.orderSig = flip(sign(SELLER_KEY, typed(domain(), hash(sale.order))));
        refuse(sale, abi.encodeWithSelector(IMarket.BadOrderSignature.selector));
    }

    function test_BadOrderSignature_OfNobody() public {
        // A signature that recovers to nothing must not pass for the zero address.
        Order memory o = order();
        o.seller = address(0);
        Sale memory sale = seal(o, terms(), KEY);
        sale.orderSig = Sig(bytes32(0), bytes32(0));
        refuse(sale, abi.encodeWithSelector(IMarket.BadOrderSignature.selector));
    }

    function test_BadSealSignature() public {
        Sale memory sale = seal();
        sale.sealSig = sign(SELLER_KEY, id(sale));
        refuse(sale, abi.encodeWithSelector(IMarket.BadSealSignature.selector));
        sale = seal();
        sale.lock = keccak256("another lock"); // not what the sealer signed
        refuse(sale, abi.encodeWithSelector(IMarket.BadSealSignature.selector));
    }

    function test_AlreadyPurchased() public {
        // After a settlement ActiveAccess comes first; a dispute ends the access at once.
        Terms memory t = terms();
        t.salt = bytes32(uint256(0x15));
        Order memory o = order();
        o.listing = bytes32(uint256(0x20));
        Sale memory wrong = seal(o, t, bytes32(uint256(0x4c)));
        bytes32 purchase = buy(wrong);
        market.dispute(deal(wrong), delivery(wrong), OPENER, sealedKey(o, t, bytes32(uint256(0x4c))));
        refuse(wrong, abi.encodeWithSelector(IMarket.AlreadyPurchased.selector, purchase));
    }

    function test_PaymentOfAnother() public {
        Sale memory sale = seal();
        (uint8 v, bytes32 r, bytes32 s) =
            authorization(token, SELLER_KEY, address(market), PRICE, sale.terms.payBy, id(sale));
        vm.expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        market.purchase(sale, v, r, s);
    }

    function test_PaymentForAnother() public {
        Sale memory sale = seal();
        Terms memory t = terms();
        t.salt = bytes32(uint256(0x14));
        (uint8 v, bytes32 r, bytes32 s) = payment(seal(order(), t, KEY));
        vm.expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        market.purchase(sale, v, r, s);
    }

    function test_PaymentWithoutMoney() public {
        uint256 held = token.balanceOf(buyer);
        vm.prank(buyer);
        token.transfer(address(1), held);
        Sale memory sale = seal();
        (uint8 v, bytes32 r, bytes32 s) = payment(sale);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, buyer, 0, PRICE));
        market.purchase(sale, v, r, s);
        assertStatus(id(sale), Status.None);
    }

    /// @dev The buyer may take the payment back until it is used. The sealed key alone is worth nothing.
    function test_PaymentCancelled() public {
        Sale memory sale = seal();
        (uint8 v, bytes32 r, bytes32 s) = payment(sale);
        bytes32 hash =
            keccak256(abi.encode(keccak256("CancelAuthorization(address authorizer,bytes32 nonce)"), buyer, id(sale)));
        (uint8 cv, bytes32 cr, bytes32 cs) = vm.sign(BUYER_KEY, typed(separator("PRIV", address(token)), hash));
        token.cancelAuthorization(buyer, id(sale), cv, cr, cs);
        vm.expectRevert(abi.encodeWithSelector(ERC3009.ERC3009UsedAuthorization.selector, buyer, id(sale)));
        market.purchase(sale, v, r, s);
        assertStatus(id(sale), Status.None);
    }

    /// @dev What was signed for one chain or one market is worth nothing on another.
    function test_OtherChain() public {
        Sale memory sale = seal();
        (uint8 v, bytes32 r, bytes32 s) = payment(sale);
        vm.chainId(block.chainid + 1);
        vm.expectRevert(IMarket.BadOrderSignature.selector);
        market.purchase(sale, v, r, s);
    }

    function test_OtherMarket() public {
        Sale memory sale = seal();
        (uint8 v, bytes32 r, bytes32 s) = payment(sale);
        Market other = new Market(token, treasury);
        vm.expectRevert(IMarket.BadOrderSignature.selector);
        other.purchase(sale, v, r, s);
        (market, other) = (other, market);
        sale.orderSig = sign(SELLER_KEY, typed(domain(), hash(sale.order))); // the seller sells on both
        vm.expectRevert(IMarket.BadSealSignature.selector);
        market.purchase(sale, v, r, s);
    }

    /// @dev Accounts that have put on code (EIP-7702) still sign with their keys.
    function test_PartiesWithCode() public {
        Sale memory sale = seal();
        bytes memory designator = abi.encodePacked(hex"ef0100", address(token));
        vm.etch(seller, designator);
        vm.etch(buyer, designator);
        vm.etch(delegate, designator);
        bytes32 purchase = buy(sale);
        market.settle(one(receipt(sale, START)));
        assertStatus(purchase, Status.Settled);
    }

    function test_OneSlot() public {
        bytes32 purchase = buy(seal());
        bytes32 slot = keccak256(abi.encode(purchase, uint256(3)));
        uint256 packed = PRICE | START << 128 | (START + WINDOW) << 168 | uint256(30) << 208 | uint256(1) << 224;
        vm.assertEq(uint256(vm.load(address(market), slot)), packed);
        vm.assertEq(uint256(vm.load(address(market), bytes32(uint256(slot) + 1))), 0);
    }

    function test_Purchase() public {
        Sale memory sale = seal();
        bytes32 want = id(sale);
        (uint8 v, bytes32 r, bytes32 s) = payment(sale);
        uint256 before = token.balanceOf(buyer);
        vm.expectEmit(address(market));
        emit IMarket.Purchased(
            want, seller, buyer, delegate, sale.order.listing, delivery(sale), PRICE, 3, uint40(START + WINDOW), 30
        );
        vm.assertEq(market.purchase(sale, v, r, s), want);

        vm.assertEq(token.balanceOf(address(market)), PRICE);
        vm.assertEq(token.balanceOf(buyer), before - PRICE);
        vm.assertEq(accessOf(sale), type(uint40).max);
        (uint128 price, uint40 boughtAt, uint40 due, uint16 accessDays, Status state) = market.purchases(want);
        vm.assertEq(price, PRICE);
        vm.assertEq(boughtAt, START);
        vm.assertEq(due, START + WINDOW);
        vm.assertEq(accessDays, 30);
        vm.assertEq(uint256(state), uint256(Status.Purchased));
    }

    function testFuzz_Purchase_Times(uint256 time, uint64 expiry, uint64 payBy) public {
        vm.warp(bound(time, START, START + 60 days));
        Order memory o = order();
        Terms memory t = terms();
        o.expiry = uint64(bound(expiry, START, START + 60 days));
        t.payBy = uint64(bound(payBy, START, START + 60 days));
        if (block.timestamp > o.expiry) {
            refuse(o, t, abi.encodeWithSelector(IMarket.OrderExpired.selector, o.expiry));
        } else if (block.timestamp >= t.payBy) {
            refuse(o, t, abi.encodeWithSelector(IMarket.TooLate.selector, t.payBy));
        } else {
            bytes32 purchase = buy(seal(o, t, KEY));
            vm.assertEq(deadline(purchase), block.timestamp + WINDOW);
        }
    }

    /// @dev Whatever is changed after the signatures, somebody's signature no longer fits.
    function testFuzz_Purchase_NothingCanBeChanged(uint256 which, bytes32 noise) public {
        vm.assume(uint256(noise) != 0);
        Sale memory sale = seal();
        (uint8 v, bytes32 r, bytes32 s) = payment(sale);
        which = bound(which, 0, 9);
        if (which == 0) sale.order.listing ^= noise;
        else if (which == 1) sale.order.manifest ^= noise;
        else if (which == 2) sale.order.keyCommitment ^= noise;
        else if (which == 3) sale.order.price = PRICE + 1;
        else if (which == 4) sale.terms.recipient ^= noise;
        else if (which == 5) sale.terms.salt ^= noise;
        else if (which == 6) sale.terms.accessDays = 31;
        else if (which == 7) sale.terms.delegate = address(uint160(uint256(noise) | 1));
        else if (which == 8) sale.sealedHash ^= noise;
        else sale.lock ^= noise;
        if (which == 7) vm.assume(sale.terms.delegate != delegate);
        (bool ok,) = address(market).call(abi.encodeCall(market.purchase, (sale, v, r, s)));
        vm.assertFalse(ok);
        vm.assertEq(token.balanceOf(buyer), 10_000e18);
    }

    function testFuzz_Purchase(uint256 price, uint32 window, uint32 accessDays, bytes32 salt) public {
        Order memory o = order();
        Terms memory t = terms();
        o.price = bound(price, 1, 10_000e18);
        t.deliveryWindow = uint32(bound(window, 1 hours, 7 days));
        t.accessDays = uint32(bound(accessDays, 1, 365));
        t.salt = salt;
        bytes32 purchase = buy(seal(o, t, KEY));
        vm.assertEq(token.balanceOf(address(market)), o.price);
        vm.assertEq(deadline(purchase), START + t.deliveryWindow);
    }
}
