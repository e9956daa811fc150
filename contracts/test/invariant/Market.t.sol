// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.sol";
import {MarketHandler} from "./MarketHandler.sol";

contract MarketInvariantTest is Base {
    MarketHandler private handler;

    struct Selectors {
        address addr;
        bytes4[] selectors;
    }

    function setUp() public {
        handler = new MarketHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev The calls alone: not the checks, and not setUp again.
    function targetSelectors() public view returns (Selectors[] memory targets) {
        bytes4[] memory calls = new bytes4[](12);
        calls[0] = MarketHandler.purchase.selector;
        calls[1] = MarketHandler.settle.selector;
        calls[2] = MarketHandler.reveal.selector;
        calls[3] = MarketHandler.dispute.selector;
        calls[4] = MarketHandler.refund.selector;
        calls[5] = MarketHandler.finalize.selector;
        calls[6] = MarketHandler.withdraw.selector;
        calls[7] = MarketHandler.retire.selector;
        calls[8] = MarketHandler.setTreasury.selector;
        calls[9] = MarketHandler.donate.selector;
        calls[10] = MarketHandler.pass.selector;
        calls[11] = MarketHandler.purchase.selector; // twice as often: everything else needs one
        targets = new Selectors[](1);
        targets[0] = Selectors(address(handler), calls);
    }

    function invariant_I1_Solvent() public view {
        handler.checkSolvent();
    }

    function invariant_I2_Statuses() public view {
        handler.checkStatuses();
    }

    function invariant_I3_Conserved() public view {
        handler.checkConserved();
    }

    function invariant_I4_Access() public view {
        handler.checkAccess();
    }

    function invariant_I9_NobodyElseGains() public view {
        handler.checkNobodyElseGains();
    }
}
