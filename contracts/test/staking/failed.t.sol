// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {StakingBase} from "./StakingBase.sol";
import {TokenDouble} from "../double/TokenDouble.sol";
import {PrivToken} from "../../src/PrivToken.sol";
import {Staking} from "../../src/Staking.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @notice Staking on a token that says that a transfer failed.
contract StakingFailedTest is StakingBase {
    function test_FailedOperation_Withdraw() public {
        TokenDouble double = new TokenDouble();
        staking = new Staking(PrivToken(address(double)));
        stake(10e18, SALT);
        unstake(10e18);
        vm.warp(START + 7 days);
        double.lie();
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(double)));
        staking.withdraw(alice);
        (uint192 amount,) = staking.cooldowns(alice);
        vm.assertEq(amount, 10e18);
    }
}
