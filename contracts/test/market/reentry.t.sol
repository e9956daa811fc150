// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketBase} from "./MarketBase.sol";
import {TokenDouble} from "../double/TokenDouble.sol";
import {IMarket, Sale, SignedReceipt, Status} from "../../src/IMarket.sol";
import {Market} from "../../src/Market.sol";
import {PrivToken} from "../../src/PrivToken.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @notice The market on a token that calls back. PRIV never does; the market does not rely on it.
contract ReentryTest is MarketBase {
    bytes32 private constant WRONG = bytes32(uint256(0x4c));
    bytes4 private constant REFUSAL = ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector;

    TokenDouble private double;

    function setUp() public override {
        super.setUp();
        double = new TokenDouble();
        market = new Market(PrivToken(address(double)), treasury);
    }

    function wrongSale() private view returns (Sale memory) {
        return seal(order(), terms(), WRONG);
    }

    function disputeWrong(Sale memory sale) private {
        market.dispute(deal(sale), delivery(sale), OPENER, sealedKey(sale.order, sale.terms, WRONG));
    }

    /// @dev Every function that is guarded, whatever its arguments.
    function enterGuarded() private {
        Sale memory sale;
        sale.terms.buyer = address(double);
        double.enter(abi.encodeCall(market.purchase, (sale, 0, 0, 0)), REFUSAL);
        double.enter(abi.encodeCall(market.purchaseDirect, (sale)), REFUSAL);
        double.enter(abi.encodeCall(market.refund, (deal(sale))), REFUSAL);
        double.enter(abi.encodeCall(market.dispute, (deal(sale), delivery(sale), 0, 0)), REFUSAL);
        double.enter(abi.encodeCall(market.withdraw, (address(double), 1)), REFUSAL);
    }

    /// @dev The others find a purchase that is over.
    function enterUnguarded(Sale memory sale) private {
        double.enter(
            abi.encodeCall(market.settle, (one(receipt(sale, block.timestamp)))), IMarket.NothingSettled.selector
        );
        double.enter(abi.encodeCall(market.reveal, (deal(sale), delivery(sale), OPENER)), IMarket.WrongStatus.selector);
        double.enter(abi.encodeCall(market.finalize, (deal(sale))), IMarket.WrongStatus.selector);
    }

    function test_Purchase() public {
        enterGuarded();
        buy(seal());
        vm.assertEq(double.refused(), 5);
    }

    function test_PurchaseDirect() public {
        enterGuarded();
        vm.prank(buyer);
        market.purchaseDirect(seal());
        vm.assertEq(double.refused(), 5);
    }

    function test_Refund() public {
        Sale memory sale = seal();
        bytes32 purchase = buy(sale);
        vm.warp(START + WINDOW);
        enterGuarded();
        enterUnguarded(sale);
        market.refund(deal(sale));
        vm.assertEq(double.refused(), 8);
        assertStatus(purchase, Status.Refunded);
    }

    function test_Dispute() public {
        Sale memory sale = wrongSale();
        bytes32 purchase = buy(sale);
        enterGuarded();
        enterUnguarded(sale);
        disputeWrong(sale);
        vm.assertEq(double.refused(), 8);
        assertStatus(purchase, Status.Refunded);
    }

    function test_Withdraw() public {
        Sale memory sale = seal();
        buy(sale);
        market.settle(one(receipt(sale, START)));
        enterGuarded();
        enterUnguarded(sale);
        market.withdraw(seller, 1e18);
        vm.assertEq(double.refused(), 8);
        vm.assertEq(market.balances(seller), 22.75e18);
    }

    function lie() private returns (bytes memory) {
        double.lie();
        return abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(double));
    }

    function test_FailedOperation_PurchaseDirect() public {
        Sale memory sale = seal();
        vm.expectRevert(lie());
        vm.prank(buyer);
        market.purchaseDirect(sale);
        assertStatus(id(sale), Status.None);
    }

    function test_FailedOperation_Refund() public {
        Sale memory sale = seal();
        bytes32 purchase = buy(sale);
        vm.warp(START + WINDOW);
        vm.expectRevert(lie());
        market.refund(deal(sale));
        assertStatus(purchase, Status.Purchased);
    }

    function test_FailedOperation_Dispute() public {
        Sale memory sale = wrongSale();
        bytes32 purchase = buy(sale);
        vm.expectRevert(lie());
        disputeWrong(sale);
        assertStatus(purchase, Status.Purchased);
    }

    function test_FailedOperation_Withdraw() public {
        Sale memory sale = seal();
        buy(sale);
        market.settle(one(receipt(sale, START)));
        vm.expectRevert(lie());
        market.withdraw(seller, 1e18);
        vm.assertEq(market.balances(seller), 23.75e18);
    }
}
